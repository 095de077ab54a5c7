import { parseIp, PROTOCOL } from '#wire'
import type { DatagramDissector, Direction, FlowEnds, StreamDissector, StreamEnd } from '../../flows/contract.ts'
import type { Transaction } from '../contract.ts'
import { ProtocolDissectors } from '../protocol-dissectors.ts'

const MILLISECOND_NS = 1e6

export interface FlowPlan {
  readonly client?: string
  readonly clientPort?: number
  readonly server?: string
  readonly serverPort: number
}

/** What several flows of a test say; each piece is a frame, a millisecond after the one before it. */
export class Traffic {
  readonly transactions: Transaction[] = []
  readonly dissectors: ProtocolDissectors
  #flows = 0
  #frame = 0
  timeNs = 0

  /** `originSeconds`: when the capture begins, in seconds since the Unix epoch. */
  constructor(originSeconds: number = 0) {
    const sink = { transaction: (transaction: Transaction) => void this.transactions.push(transaction) }
    this.dissectors = new ProtocolDissectors(sink, () => originSeconds)
  }

  tcp(plan: FlowPlan): StreamTalk {
    const ends = this.#ends(plan, PROTOCOL.tcp)
    return new StreamTalk(this, this.dissectors.stream(ends))
  }

  udp(plan: FlowPlan): DatagramTalk {
    const ends = this.#ends(plan, PROTOCOL.udp)
    return new DatagramTalk(this, this.dissectors.datagram(ends))
  }

  /** The capture is at its end: what was seen of a kind. */
  end<Kind extends Transaction['kind']>(kind: Kind): Extract<Transaction, { readonly kind: Kind }>[] {
    this.dissectors.end()
    return this.transactions.filter(
      (transaction): transaction is Extract<Transaction, { readonly kind: Kind }> => transaction.kind === kind,
    )
  }

  next(): { readonly frame: number; readonly timeNs: number } {
    this.timeNs += MILLISECOND_NS
    return { frame: ++this.#frame, timeNs: this.timeNs }
  }

  #ends(plan: FlowPlan, protocol: number): FlowEnds {
    return {
      id: this.#flows++,
      protocol,
      client: parseIp(plan.client ?? '192.0.2.1')!,
      clientPort: plan.clientPort ?? 40_000,
      server: parseIp(plan.server ?? '198.51.100.1')!,
      serverPort: plan.serverPort,
      vlan: undefined,
      innerVlan: undefined,
      tunnel: undefined,
    }
  }
}

type Bytes = Uint8Array | string

const toBuffer = (bytes: Bytes): Buffer =>
  typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : Buffer.from(bytes)

/** One TCP flow; 0 is the end that opened it. */
export class StreamTalk {
  readonly #traffic: Traffic
  readonly #dissector: StreamDissector
  readonly wanted = [true, true]

  constructor(traffic: Traffic, dissector: StreamDissector) {
    this.#traffic = traffic
    this.#dissector = dissector
  }

  say(direction: Direction, bytes: Bytes): this {
    // Bytes around the piece belong to other frames: reading them would show.
    const piece = Buffer.concat([Buffer.alloc(7, 0xaa), toBuffer(bytes), Buffer.alloc(9, 0x55)])
    const at = this.#traffic.next()
    if (!this.wanted[direction]) return this
    this.wanted[direction] = this.#dissector.data(direction, piece, 7, piece.length - 9, at)
    piece.fill(0xee)
    return this
  }

  client(bytes: Bytes): this {
    return this.say(0, bytes)
  }

  server(bytes: Bytes): this {
    return this.say(1, bytes)
  }

  gap(direction: Direction, sizeBytes: number): this {
    const at = this.#traffic.next()
    if (this.wanted[direction]) this.wanted[direction] = this.#dissector.gap(direction, sizeBytes, at)
    return this
  }

  end(how: StreamEnd = 'fin', by?: Direction): this {
    this.#dissector.end(how, by, this.#traffic.next())
    return this
  }
}

/** One UDP flow. */
export class DatagramTalk {
  readonly #traffic: Traffic
  readonly #dissector: DatagramDissector
  #wanted = true

  constructor(traffic: Traffic, dissector: DatagramDissector) {
    this.#traffic = traffic
    this.#dissector = dissector
  }

  say(direction: Direction, bytes: Bytes, wireBytes: number = bytes.length): this {
    const piece = Buffer.concat([Buffer.alloc(7, 0xaa), toBuffer(bytes), Buffer.alloc(9, 0x55)])
    const at = this.#traffic.next()
    if (this.#wanted) this.#wanted = this.#dissector.datagram(direction, piece, 7, piece.length - 9, wireBytes, at)
    piece.fill(0xee)
    return this
  }

  client(bytes: Bytes): this {
    return this.say(0, bytes)
  }

  server(bytes: Bytes): this {
    return this.say(1, bytes)
  }

  end(how: StreamEnd = 'open'): this {
    this.#dissector.end(how, this.#traffic.next())
    return this
  }
}
