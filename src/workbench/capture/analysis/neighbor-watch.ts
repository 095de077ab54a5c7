import type { ArpSeen } from '#detect'
import { type IpAddress, type Packet, PROTOCOL } from '#wire'
import type { FrameCount, NeighborFacts } from '../../findings/evidence.ts'
import { FrameTally } from './capture-watch.ts'

const ADDRESSES_KEPT = 20_000
const FRAMES_KEPT = 8
const CLAIMS_KEPT = 8
const ARP_REQUEST = 1
const SOLICITATION = 135
const ADVERTISEMENT = 136
const ND_TARGET_AT = 8
const ND_BYTES = 24
const SECOND_NS = 1_000_000_000
const NO_MAC = '000000000000'

interface Claim {
  readonly mac: string
  count: number
  readonly frames: number[]
  readonly firstNs: number
  lastNs: number
}

interface Neighbor {
  readonly address: IpAddress
  requests: number
  readonly requestFrames: number[]
  firstRequestNs: number
  readonly claims: Claim[]
}

/** Who asks for hardware addresses on the segment, and who answers: ARP (RFC 826) and neighbor discovery (RFC 4861). */
export class NeighborWatch {
  readonly #neighbors = new Map<IpAddress, Neighbor>()
  #second = -1
  #inSecond = new FrameTally()
  #peak = new FrameTally()

  arp({ opcode, senderMac, sender, target, frame, timeNs }: ArpSeen): void {
    if (sender !== 0 && senderMac !== NO_MAC) this.#claim(sender, senderMac, frame, timeNs)
    if (opcode !== ARP_REQUEST) return
    // Who asks for his own address announces it, or looks whether somebody else has it.
    if (target !== sender) this.#request(target, frame, timeNs)
    this.#count(frame, timeNs)
  }

  /** Neighbor solicitations and advertisements; other packets are passed by. */
  packet(packet: Packet, frame: number, timeNs: number): void {
    const { transport, bytes, transportStart, ipEnd, ethernetStart } = packet
    if (transport !== PROTOCOL.icmpv6 || ipEnd - transportStart < ND_BYTES) return
    const type = bytes[transportStart]
    if (type !== SOLICITATION && type !== ADVERTISEMENT) return
    const address = addressAt(packet, transportStart + ND_TARGET_AT)
    const isDuplicateTest = packet.source === 0n
    if (type === SOLICITATION && !isDuplicateTest) this.#request(address, frame, timeNs)
    else if (type === ADVERTISEMENT && ethernetStart >= 0) {
      this.#claim(address, bytes.toString('hex', ethernetStart + 6, ethernetStart + 12), frame, timeNs)
    }
  }

  #neighbor(address: IpAddress): Neighbor | undefined {
    const known = this.#neighbors.get(address)
    if (known !== undefined || this.#neighbors.size >= ADDRESSES_KEPT) return known
    const neighbor: Neighbor = { address, requests: 0, requestFrames: [], firstRequestNs: Infinity, claims: [] }
    this.#neighbors.set(address, neighbor)
    return neighbor
  }

  #request(address: IpAddress, frame: number, timeNs: number): void {
    const neighbor = this.#neighbor(address)
    if (neighbor === undefined) return
    if (neighbor.requests++ === 0) neighbor.firstRequestNs = timeNs
    if (neighbor.requestFrames.length < FRAMES_KEPT) neighbor.requestFrames.push(frame)
  }

  #claim(address: IpAddress, mac: string, frame: number, timeNs: number): void {
    const neighbor = this.#neighbor(address)
    if (neighbor === undefined) return
    const known = neighbor.claims.find((claim) => claim.mac === mac)
    if (known === undefined) {
      if (neighbor.claims.length < CLAIMS_KEPT) {
        neighbor.claims.push({ mac, count: 1, frames: [frame], firstNs: timeNs, lastNs: timeNs })
      }
      return
    }
    known.count++
    known.lastNs = timeNs
    if (known.frames.length < FRAMES_KEPT) known.frames.push(frame)
  }

  #count(frame: number, timeNs: number): void {
    const second = Math.floor(timeNs / SECOND_NS)
    if (second !== this.#second) {
      this.#second = second
      this.#inSecond = new FrameTally()
    }
    this.#inSecond.add(frame)
    if (this.#inSecond.count > this.#peak.count) this.#peak = this.#inSecond
  }

  get arpPeak(): FrameCount {
    return this.#peak
  }

  /** `isAlive` says whether packets of an address were seen, `isForSilence` whether a question was to find it unused. */
  facts(
    isAlive: (address: IpAddress) => boolean,
    isForSilence: (address: IpAddress, firstRequestNs: number) => boolean,
  ): NeighborFacts[] {
    return [...this.#neighbors.values()]
      .filter(({ address, firstRequestNs, claims }) => claims.length > 0 || !isForSilence(address, firstRequestNs))
      .map((neighbor) => ({ ...neighbor, isAlive: isAlive(neighbor.address) }))
  }
}

function addressAt({ bytes }: Packet, at: number): bigint {
  return (bytes.readBigUInt64BE(at) << 64n) | bytes.readBigUInt64BE(at + 8)
}
