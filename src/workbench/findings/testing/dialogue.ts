import { LINK_TYPE, PcapWriter } from '#wire'
import { ethernet, icmp, ipv4, synOptions, tcp, TCP_FLAG, udp } from '../../../wire/packet/testing/index.ts'

const BEGIN_SECONDS = 1_767_000_000
const NANOSECONDS = 1_000_000_000
const { syn, ack, fin, rst, psh } = TCP_FLAG

interface Host {
  readonly address: string
  readonly port: number
  readonly timeToLive: number
}

export const CLIENT: Host = { address: '192.0.2.10', port: 50_000, timeToLive: 64 }
export const SERVER: Host = { address: '198.51.100.80', port: 80, timeToLive: 57 }

/** Writes a capture frame by frame, as somebody tells a story: who says what, and how long after the frame before. */
export class Story {
  readonly #pieces: Buffer[] = []
  readonly #writer = new PcapWriter((piece) => void this.#pieces.push(Buffer.from(piece)), {
    linkType: LINK_TYPE.ethernet,
    snapBytes: 262_144,
  })
  readonly #snapBytes: number
  #nowMs = 0

  /** `snapBytes`: so much is kept of each frame. */
  constructor(snapBytes: number = 262_144) {
    this.#snapBytes = snapBytes
  }

  /** Lets time pass, in milliseconds. */
  wait(ms: number): this {
    this.#nowMs += ms
    return this
  }

  frame(bytes: Buffer, originalBytes: number = bytes.length): this {
    const ns = Math.round(this.#nowMs * 1_000_000)
    const seconds = BEGIN_SECONDS + Math.floor(ns / NANOSECONDS)
    const end = Math.min(bytes.length, this.#snapBytes)
    this.#writer.packet({ bytes, start: 0, end, originalBytes, seconds, nanoseconds: ns % NANOSECONDS })
    this.#nowMs += 0.02
    return this
  }

  udp(from: Host, to: Host, payload: Buffer): this {
    const { address: source, timeToLive } = from
    const segment = udp({ sourcePort: from.port, destinationPort: to.port, payload })
    return this.frame(ethernet(ipv4({ source, destination: to.address, timeToLive }, segment)))
  }

  /** An ICMP error about the packet that is quoted. */
  icmpError(from: string, to: string, type: number, code: number, quoted: Buffer, rest: number = 0): this {
    const error = icmp({ type, code, rest, payload: quoted })
    return this.frame(ethernet(ipv4({ source: from, destination: to, timeToLive: 62 }, error)))
  }

  connection(client: Host = CLIENT, server: Host = SERVER, tripMs: number = 10): Connection {
    return new Connection(this, client, server, tripMs)
  }

  /** The capture file. */
  file(): Buffer {
    this.#writer.end()
    return Buffer.concat(this.#pieces)
  }
}

/** One TCP connection of a story, captured beside the client. */
export class Connection {
  readonly #story: Story
  readonly #ends: readonly [Host, Host]
  readonly #next = [1000, 9000]
  readonly #tripMs: number
  #id = 1

  constructor(story: Story, client: Host, server: Host, tripMs: number) {
    this.#story = story
    this.#ends = [client, server]
    this.#tripMs = tripMs
  }

  wait(ms: number): this {
    this.#story.wait(ms)
    return this
  }

  /**
   * A segment of a side, 0 the client; `sequence` counts from what this side sends next, and `missingBytes` of the other
   * side have not come.
   */
  segment(
    side: 0 | 1,
    flags: number,
    payload: string | Buffer = '',
    { sequence = 0, timeToLive = -1, window = 64_240, missingBytes = 0 } = {},
  ): this {
    const [from, to] = [this.#ends[side], this.#ends[1 - side]]
    const isSyn = (flags & syn) !== 0
    const packet = ipv4(
      {
        source: from.address,
        destination: to.address,
        timeToLive: timeToLive < 0 ? from.timeToLive : timeToLive,
        id: this.#id++,
        dontFragment: true,
      },
      tcp({
        sourcePort: from.port,
        destinationPort: to.port,
        flags,
        sequence: this.#next[side] + sequence,
        acknowledgement: (flags & ack) === 0 ? 0 : this.#next[1 - side] - missingBytes,
        window,
        payload,
        ...(isSyn && { options: synOptions(1460, 7) }),
      }),
    )
    this.#story.frame(ethernet(packet))
    if (sequence === 0) this.#next[side] += payload.length + (isSyn ? 1 : 0) + ((flags & fin) === 0 ? 0 : 1)
    return this
  }

  syn(): this {
    return this.segment(0, syn)
  }

  /** The same SYN again. */
  synAgain(): this {
    this.#next[0]--
    return this.syn()
  }

  open(): this {
    return this.syn()
      .wait(this.#tripMs)
      .segment(1, syn + ack)
      .segment(0, ack)
  }

  /** The client says something, and the server acknowledges it. */
  ask(payload: Buffer | string): this {
    return this.segment(0, psh + ack, payload)
      .wait(this.#tripMs)
      .segment(1, ack)
  }

  /** The server says something, `afterMs` after it acknowledged, and the client acknowledges it. */
  answer(payload: Buffer | string, afterMs: number = 1): this {
    return this.wait(afterMs)
      .segment(1, psh + ack, payload)
      .segment(0, ack)
  }

  close(): this {
    return this.segment(0, fin + ack)
      .wait(this.#tripMs)
      .segment(1, fin + ack)
      .segment(0, ack)
  }

  reset(side: 0 | 1, timeToLive: number = -1): this {
    return this.segment(side, rst + ack, '', { timeToLive, window: 0 })
  }

  end(): Story {
    return this.#story
  }
}
