import type { Packet } from '#wire'
import type { LoopFacts } from '../../findings/evidence.ts'

/** A loop brings a packet back within this many others that are watched. */
const SLOTS = 8192
const LOOPS_KEPT = 200
const FRAMES_KEPT = 8
const PRIME = 0x0100_0193
const MIX = 0x9e37_79b1

interface Loop extends LoopFacts {
  rounds: number
  readonly frames: number[]
}

/**
 * Watches for packets that come by again with a smaller TTL: a routing loop. Knows a packet by its addresses, IP id and the
 * first bytes behind IP, which routers leave alone.
 */
export class LoopWatch {
  readonly #prints = new Uint32Array(SLOTS)
  readonly #hops = new Uint8Array(SLOTS)
  readonly #loops = new Map<number, Loop>()

  packet(packet: Packet, frame: number): void {
    const { ipVersion, transportStart, ipEnd, timeToLive } = packet
    if (ipVersion === 0 || transportStart < 0 || ipEnd - transportStart < 8) return
    const print = fingerprint(packet)
    const slot = Math.imul(print, MIX) >>> 19
    const isAgain = this.#prints[slot] === print
    const hops = this.#hops[slot]
    this.#prints[slot] = print
    this.#hops[slot] = timeToLive
    if (isAgain && timeToLive < hops) this.#note(print, packet, frame)
    else if (isAgain) this.#loops.delete(print)
  }

  #note(print: number, packet: Packet, frame: number): void {
    const known = this.#loops.get(print)
    if (known !== undefined) {
      known.rounds++
      if (known.frames.length < FRAMES_KEPT) known.frames.push(frame)
      return
    }
    const { source, destination } = packet
    if (this.#loops.size >= LOOPS_KEPT || source === undefined || destination === undefined) return
    this.#loops.set(print, { source, destination, frames: [frame], rounds: 2 })
  }

  facts(): readonly LoopFacts[] {
    return [...this.#loops.values()]
  }
}

function fingerprint(packet: Packet): number {
  const { bytes, transportStart, addresses, ipVersion, ipStart, protocol } = packet
  let print = protocol ^ (ipVersion === 4 ? packet.uint16(ipStart + 4) << 8 : 0)
  for (let word = 0; word < addresses.length; word++) print = Math.imul(print ^ addresses[word], PRIME)
  for (let at = transportStart; at < transportStart + 8; at++) print = Math.imul(print ^ bytes[at], PRIME)
  return print >>> 0
}
