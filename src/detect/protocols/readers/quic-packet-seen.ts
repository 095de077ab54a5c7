import { CryptoStream, initialKeys, openInitial, readInitialFrames, readQuicHeader, TLS_HANDSHAKE } from '#wire'
import { ClientHelloSeen } from '../tls/client-hello-seen.ts'

const MESSAGE_HEADER_BYTES = 4
const NOWHERE = { frame: 0, timeNs: 0 }

/** A QUIC packet with a long header. */
export class QuicPacketSeen {
  readonly kind = 'quic'
  readonly version: number
  readonly #bytes: Buffer
  readonly #start: number
  readonly #end: number
  #clientHello: ClientHelloSeen | undefined | null = null

  private constructor(version: number, bytes: Buffer, start: number, end: number) {
    this.version = version
    this.#bytes = bytes
    this.#start = start
    this.#end = end
  }

  static read(bytes: Buffer, start: number, end: number): QuicPacketSeen | undefined {
    const header = readQuicHeader(bytes, start, end)
    if (header.form === 'version-negotiation') return new QuicPacketSeen(0, bytes, start, end)
    return header.form === 'long' ? new QuicPacketSeen(header.version, bytes, start, end) : undefined
  }

  /** The ClientHello, when the packet is the client's first and holds the whole of it. */
  get clientHello(): ClientHelloSeen | undefined {
    if (this.#clientHello === null) this.#clientHello = this.#open()
    return this.#clientHello
  }

  #open(): ClientHelloSeen | undefined {
    const header = readQuicHeader(this.#bytes, this.#start, this.#end)
    if (header.form !== 'long' || header.type !== 'initial') return undefined
    const keys = initialKeys(header.version, header.destinationId, 'client')
    const contents = keys === undefined ? undefined : openInitial(this.#bytes, header, keys)
    if (contents === undefined) return undefined
    const stream = new CryptoStream()
    readInitialFrames(contents, {
      onCrypto: (offset, piece) => void stream.add(offset, piece),
      onClose: () => undefined,
    })
    const { whole } = stream
    if (whole.length < MESSAGE_HEADER_BYTES || whole[0] !== TLS_HANDSHAKE.clientHello) return undefined
    const end = MESSAGE_HEADER_BYTES + whole.readUIntBE(1, 3)
    return end > whole.length ? undefined : ClientHelloSeen.read(whole, MESSAGE_HEADER_BYTES, end, 1, 'q', NOWHERE)
  }
}
