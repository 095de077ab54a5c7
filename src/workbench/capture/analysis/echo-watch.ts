import { type Packet, PROTOCOL } from '#wire'
import type { EchoFacts } from '../../findings/evidence.ts'

const CONVERSATIONS_KEPT = 20_000
const FRAMES_KEPT = 10
const SEQUENCE_AT = 6
/** Request and reply, of ICMP and of ICMPv6. */
const REQUESTS: readonly number[] = [8, 128]
const REPLIES: readonly number[] = [0, 129]

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] }
type Echo = Mutable<EchoFacts> & {
  readonly requestFrames: number[]
  /** Of the last request. */
  lastSequence: number
  lastTimeToLive: number
}

/** Pings and their answers, by flow. */
export class EchoWatch {
  readonly #echoes = new Map<number, Echo>()

  packet(packet: Packet, frame: number, timeNs: number, flow: number): void {
    const { transport, bytes, transportStart } = packet
    const type = bytes[transportStart]
    const family = transport === PROTOCOL.icmp ? 0 : 1
    if (type === REQUESTS[family]) this.#request(packet, frame, timeNs, flow)
    else if (type === REPLIES[family]) {
      const echo = this.#echoes.get(flow)
      if (echo !== undefined) echo.replies++
    }
  }

  #request(packet: Packet, frame: number, timeNs: number, flow: number): void {
    const { source, destination, timeToLive } = packet
    const known = this.#echoes.get(flow)
    const sequence = packet.uint16(packet.transportStart + SEQUENCE_AT)
    if (known !== undefined) {
      // A router that sends it back to where it came from, or a capture at both of its sides, shows it once more.
      const isForwarded = sequence === known.lastSequence && timeToLive < known.lastTimeToLive
      known.lastSequence = sequence
      known.lastTimeToLive = timeToLive
      if (isForwarded) return
      known.requests++
      known.lastNs = timeNs
      if (known.requestFrames.length < FRAMES_KEPT) known.requestFrames.push(frame)
      return
    }
    if (source === undefined || destination === undefined || this.#echoes.size >= CONVERSATIONS_KEPT) return
    this.#echoes.set(flow, {
      flow,
      source,
      destination,
      requests: 1,
      replies: 0,
      requestFrames: [frame],
      firstNs: timeNs,
      lastNs: timeNs,
      lastSequence: sequence,
      lastTimeToLive: timeToLive,
    })
  }

  /** Whether a flow has pings in it. */
  has(flow: number): boolean {
    return this.#echoes.has(flow)
  }

  facts(): readonly EchoFacts[] {
    return [...this.#echoes.values()]
  }
}
