import { Dice } from '../../waf/dice.ts'
import type { FactRow } from '../population/fact-row.ts'

type Facts = Record<string, FactRow['facts'][string]>

const START_MICROS = 1_795_300_000_000_000
const MINUTE_MICROS = 60_000_000
/** Addresses of the protected network: 203.0.113.0/24. */
const NETWORK = 203 * 2 ** 24 + 113 * 256

/** An operating system as its packets show it. */
interface Stack {
  readonly ttl: number
  readonly windows: readonly number[]
  readonly mss: readonly number[]
  readonly scale: number
  readonly hasTimestamps: boolean
}

const STACKS: readonly Stack[] = [
  { ttl: 64, windows: [64240, 65535, 29200], mss: [1460, 1452, 1400], scale: 7, hasTimestamps: true },
  { ttl: 128, windows: [64240, 65535, 8192], mss: [1460, 1440, 1380], scale: 8, hasTimestamps: false },
  { ttl: 64, windows: [65535], mss: [1460, 1432, 1360], scale: 6, hasTimestamps: true },
]

/** Ordinary packets that arrive at a small hosting network: web over TCP and QUIC, DNS, time, pings. */
export class GoodPackets {
  readonly dice: Dice

  constructor(seed: number) {
    this.dice = new Dice(seed)
  }

  rows(count: number): FactRow[] {
    return Array.from({ length: count }, () => this.row())
  }

  row(): FactRow {
    const turn = this.dice.fraction()
    if (turn < 0.55) return this.tcp()
    if (turn < 0.75) return this.quic()
    if (turn < 0.88) return this.dnsQuery()
    if (turn < 0.93) return this.dnsAnswer()
    if (turn < 0.96) return this.time()
    return this.ping()
  }

  source(): number {
    return (11 + Math.floor(this.dice.fraction() ** 2 * 210)) * 2 ** 24 + this.dice.integer(0, 2 ** 24 - 1)
  }

  anySource(): number {
    return this.dice.integer(1, 223) * 2 ** 24 + this.dice.integer(0, 2 ** 24 - 1)
  }

  server(): number {
    return NETWORK + this.dice.integer(1, 40)
  }

  port(): number {
    return this.dice.integer(1024, 65535)
  }

  bytes(length: number): string {
    return Buffer.from(Array.from({ length }, () => this.dice.integer(0, 255))).toString('latin1')
  }

  /** The headers of IP, and the payload with its length. */
  ip(protocol: number, headers: number, pieces: string, changes: Facts = {}): FactRow {
    const { dice } = this
    // In one piece, as a payload is that was read from a packet.
    const payload = Buffer.from(pieces, 'latin1').toString('latin1')
    const length = 20 + headers + payload.length
    const facts: Facts = {
      'frame.len': length + 14,
      'ip.version': 4,
      'ip.src': this.source(),
      'ip.dst': this.server(),
      'ip.proto': protocol,
      'ip.len': length,
      'ip.ttl': dice.pick([64, 128, 128, 64, 255]) - dice.integer(6, 24),
      'ip.id': dice.integer(0, 65535),
      'ip.flags.df': dice.chance(0.8),
      'ip.flags.mf': false,
      'ip.frag': 0,
      'ip.frag_offset': 0,
      'ip.dsfield': dice.chance(0.95) ? 0 : 40,
      'l4.payload': payload,
      'l4.payload.len': payload.length,
      ...changes,
    }
    return { timeMicros: START_MICROS + Math.floor(dice.fraction() * MINUTE_MICROS), facts }
  }

  tcp(changes: Facts = {}): FactRow {
    const { dice } = this
    const stack = dice.pick(STACKS)
    const isSyn = dice.chance(0.12)
    const payload = isSyn || dice.chance(0.45) ? '' : `\x17\x03\x03${this.bytes(dice.integer(40, 400))}`
    const options = isSyn ? (stack.hasTimestamps ? 40 : 32) : stack.hasTimestamps ? 32 : 20
    return this.ip(6, options, payload, {
      'ip.ttl': stack.ttl - dice.integer(5, 24),
      'tcp.srcport': this.port(),
      'tcp.dstport': dice.pick([443, 443, 443, 80, 25, 22]),
      'tcp.flags': isSyn ? 0x02 : payload === '' ? 0x10 : 0x18,
      'tcp.window': isSyn ? dice.pick(stack.windows) : dice.integer(200, 1500),
      'tcp.seq': dice.integer(0, 2 ** 32 - 1),
      'tcp.ack': isSyn ? 0 : dice.integer(1, 2 ** 32 - 1),
      'tcp.hdr_len': options,
      'tcp.len': payload.length,
      'tcp.options.mss': isSyn ? dice.pick(stack.mss) : undefined,
      'tcp.options.wscale': isSyn ? stack.scale : undefined,
      'tcp.options.sack_perm': isSyn,
      'tcp.options.timestamp': stack.hasTimestamps,
      ...changes,
    })
  }

  udp(source: number, destination: number, payload: string, changes: Facts = {}): FactRow {
    return this.ip(17, 8, payload, {
      'udp.srcport': source,
      'udp.dstport': destination,
      'udp.length': payload.length + 8,
      ...changes,
    })
  }

  quic(): FactRow {
    const { dice } = this
    const isInitial = dice.chance(0.1)
    const payload = isInitial
      ? `\xc3\0\0\0\x01\x08${this.bytes(300)}`
      : `${String.fromCharCode(dice.integer(0x40, 0x5f))}${this.bytes(dice.integer(24, 500))}`
    return this.udp(this.port(), 443, payload)
  }

  dnsQuery(): FactRow {
    const name = `\x03www\x04${this.dice.text('abcdefgh', 4)}\x04test\0`
    return this.udp(
      this.port(),
      53,
      `${this.bytes(2)}\x01\0\0\x01\0\0\0\0\0\x01${name}\0\x01\0\x01\0\0\x29\x04\xd0\0\0\0\0\0\0`,
    )
  }

  dnsAnswer(): FactRow {
    const name = `\x04${this.dice.text('abcdefgh', 4)}\x03com\0`
    const answers = this.dice.integer(1, 6)
    return this.udp(
      53,
      this.port(),
      `${this.bytes(2)}\x81\x80\0\x01\0${String.fromCharCode(answers)}\0\0\0\x01${name}\0\x01\0\x01${this.bytes(16 * answers)}`,
    )
  }

  time(): FactRow {
    return this.udp(123, 123, `\x24\x01\0\xe9${this.bytes(44)}`)
  }

  ping(): FactRow {
    return this.ip(1, 8, this.bytes(56), { 'icmp.type': 8, 'icmp.code': 0 })
  }
}
