import { type IpAddress, type Packet, PROTOCOL, transportChecksum } from '#wire'
import { Allowance } from './allowance.ts'
import { FrameTally } from './capture-watch.ts'

/** Summing up costs more than all else: so many bytes are enough to see a path that damages packets. */
const BYTES_CHECKED = 400_000_000
const SENDERS_KEPT = 2000
/** Of one sender, and of all. */
const FLOWS_KEPT = 5000
const FLOWS_KEPT_IN_ALL = 20_000
/** A sender whose card computes checksums sends nothing but wrong ones, as far as its own capture sees. */
const GOOD_FOR_BAD = 3

interface Sender {
  good: number
  bad: number
  readonly frames: FrameTally
  readonly flows: Set<number>
}

/** Looks for segments that were damaged on their way. */
export class ChecksumWatch {
  readonly #senders = new Map<IpAddress, Sender>()
  readonly #room = new Allowance(FLOWS_KEPT_IN_ALL)
  #leftBytes = BYTES_CHECKED

  packet(packet: Packet, frame: number, flow: number): void {
    if (packet.transport !== PROTOCOL.tcp || packet.payloadBytes <= 0 || this.#leftBytes <= 0) return
    const state = transportChecksum(packet)
    this.#leftBytes -= packet.payloadBytes
    if (state === 'unchecked') return
    const sender = this.#sender(packet.source ?? 0)
    if (sender === undefined) return
    if (state === 'good') {
      sender.good++
      return
    }
    sender.bad++
    sender.frames.add(frame)
    if (sender.flows.size < FLOWS_KEPT && !sender.flows.has(flow) && this.#room.take()) sender.flows.add(flow)
  }

  #sender(address: IpAddress): Sender | undefined {
    const known = this.#senders.get(address)
    if (known !== undefined || this.#senders.size >= SENDERS_KEPT) return known
    const sender: Sender = { good: 0, bad: 0, frames: new FrameTally(), flows: new Set() }
    this.#senders.set(address, sender)
    return sender
  }

  facts(): { readonly count: number; readonly frames: readonly number[]; readonly flows: ReadonlySet<number> } {
    const damaged = [...this.#senders.values()].filter(({ good, bad }) => bad > 0 && good >= bad * GOOD_FOR_BAD)
    return {
      count: damaged.reduce((sum, { bad }) => sum + bad, 0),
      frames: damaged.flatMap(({ frames }) => frames.frames).sort((a, b) => a - b),
      flows: new Set(damaged.flatMap(({ flows }) => [...flows])),
    }
  }
}
