import type { Duplex } from 'node:stream'
import type { OriginLeg } from './origin-leg.ts'

/**
 * After a switch of protocols: bytes both ways as they are, each side as fast as the other takes them. A side that ends is
 * ended on the other side too; the rest goes on until both have ended or nothing moved for the idle time.
 */
export class Relay {
  readonly #client: Duplex
  readonly #origin: OriginLeg
  readonly #onDone: (why: string | undefined) => void
  #clientEnded = false
  #originEnded = false
  #done = false

  bytesToClient = 0
  bytesToOrigin = 0
  /** Set to true by every transfer, to false by whoever measures idleness. */
  active = true

  constructor(client: Duplex, origin: OriginLeg, onDone: (why: string | undefined) => void) {
    this.#client = client
    this.#origin = origin
    this.#onDone = onDone
  }

  start(early: Uint8Array): void {
    const client = this.#client
    if (early.length > 0) this.#fromClient(early)
    client.on('data', (bytes: Buffer) => this.#fromClient(bytes))
    client.on('drain', () => this.#origin.resume())
    client.on('end', () => this.#clientEnd())
    client.on('error', () => this.stop('the client connection failed'))
    client.on('close', () => this.stop(this.#originEnded ? undefined : 'the client closed the connection'))
    client.resume()
  }

  get heldBytes(): number {
    return this.#client.writableLength
  }

  fromOrigin(bytes: Uint8Array): boolean {
    this.active = true
    this.bytesToClient += bytes.length
    return this.#client.write(bytes)
  }

  originEnd(): void {
    this.#originEnded = true
    this.#client.end()
    if (this.#clientEnded) this.stop(undefined)
  }

  /** The origin's connection is gone: what it said before its end is still delivered. */
  originGone(why: string): void {
    if (!this.#originEnded) this.stop(why)
    else if (this.#client.writableFinished) this.#closeClient()
    else this.#client.once('finish', () => this.#closeClient())
  }

  #closeClient(): void {
    this.stop(undefined)
    this.#client.destroy()
  }

  /** The origin can take more. */
  originReady(): void {
    this.#client.resume()
  }

  #fromClient(bytes: Uint8Array): void {
    this.active = true
    this.bytesToOrigin += bytes.length
    if (!this.#origin.writeStream(bytes)) this.#client.pause()
  }

  #clientEnd(): void {
    this.#clientEnded = true
    this.#origin.endStream()
    if (this.#originEnded) this.stop(undefined)
  }

  /** Ends both sides; `why` is undefined when both ended in order. */
  stop(why: string | undefined): void {
    if (this.#done) return
    this.#done = true
    this.#origin.abandon()
    if (why !== undefined) this.#client.destroy()
    this.#onDone(why)
  }
}
