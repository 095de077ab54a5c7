import type { PacketDirection } from '#rules'
import { formatIp, LINK_TYPE, Packet } from '#wire'
import type { PacketSample } from './process/messages.ts'

/** Packets of one kind within the last window, estimated from samples. */
export interface TopFlow {
  readonly source: string
  readonly destination: string
  readonly protocol: number
  /** Absent for what has no ports. */
  readonly destinationPort: number | undefined
  readonly interfaceName: string
  readonly direction: PacketDirection
  readonly isDropped: boolean
  /** The rule that decided; absent when none did. */
  readonly ruleId: string | undefined
  readonly packets: number
  readonly bytes: number
}

type Entry = { -readonly [Name in keyof TopFlow]: TopFlow[Name] }

/** Flows that are told apart; a flood from random sources brings more, which then are not counted. */
const FLOW_LIMIT = 8192
const WINDOW_MS = 10_000

/** The heaviest senders of the last ten to twenty seconds, from sampled packets. */
export class PacketTop {
  readonly #packet = new Packet('outer')
  #before = new Map<string, Entry>()
  #now = new Map<string, Entry>()
  #sinceMs: number
  #beforeSinceMs: number

  /** `nowMs`, here and below, is the wall clock in milliseconds. */
  constructor(nowMs: number) {
    this.#sinceMs = nowMs
    this.#beforeSinceMs = nowMs
  }

  add(samples: readonly PacketSample[], nowMs: number): void {
    this.#turn(nowMs)
    for (const sample of samples) this.#count(sample)
  }

  /** The heaviest flows by estimated packets, and over how many seconds they were counted. */
  top(limit: number, nowMs: number): { readonly seconds: number; readonly flows: readonly TopFlow[] } {
    this.#turn(nowMs)
    const sums = new Map<string, Entry>()
    for (const entries of [this.#before, this.#now]) {
      for (const [key, entry] of entries) {
        const sum = sums.get(key)
        if (sum === undefined) {
          sums.set(key, { ...entry })
        } else {
          sum.packets += entry.packets
          sum.bytes += entry.bytes
        }
      }
    }
    const flows = [...sums.values()].sort((left, right) => right.packets - left.packets).slice(0, limit)
    return { seconds: (nowMs - this.#beforeSinceMs) / 1000, flows }
  }

  #turn(nowMs: number): void {
    const elapsedMs = nowMs - this.#sinceMs
    if (elapsedMs < WINDOW_MS) return
    this.#before = elapsedMs < 2 * WINDOW_MS ? this.#now : new Map()
    this.#beforeSinceMs = elapsedMs < 2 * WINDOW_MS ? this.#sinceMs : nowMs
    this.#now = new Map()
    this.#sinceMs = nowMs
  }

  #count({ head, frameBytes, weight, interfaceName, direction, isDropped, rule }: PacketSample): void {
    const packet = this.#packet
    const ruleId = rule?.ruleId
    packet.read(Buffer.from(head.buffer, head.byteOffset, head.length), 0, head.length, LINK_TYPE.ethernet, frameBytes)
    const { source, destination } = packet
    if (source === undefined || destination === undefined) return
    const ends = `${source} ${destination} ${packet.protocol} ${packet.destinationPort}`
    const key = `${ends} ${interfaceName} ${direction} ${isDropped} ${ruleId ?? ''}`
    const entry = this.#now.get(key)
    if (entry !== undefined) {
      entry.packets += weight
      entry.bytes += weight * frameBytes
    } else if (this.#now.size < FLOW_LIMIT) {
      this.#now.set(key, {
        source: formatIp(source),
        destination: formatIp(destination),
        protocol: packet.protocol,
        destinationPort: packet.destinationPort < 0 ? undefined : packet.destinationPort,
        interfaceName,
        direction,
        isDropped,
        ruleId,
        packets: weight,
        bytes: weight * frameBytes,
      })
    }
  }
}
