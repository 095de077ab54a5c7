import { MIXES, type Mix } from '../src/detect/flood/testing/mixes.ts'
import { OTHER_MIXES } from '../src/detect/flood/testing/other-mixes.ts'

/** An address with good traffic, and the flood that comes to it. Times are milliseconds since the sender began. */
export interface Victim {
  /** Name of its mix. */
  readonly mix: string
  readonly goodFromMs: number
  readonly attackFromMs: number
  readonly attackUntilMs: number
}

/** What the sender does. */
export interface Plan {
  readonly interfaceIndex: number
  readonly source: string
  readonly destination: string
  readonly seed: number
  readonly victims: readonly Victim[]
  readonly untilMs: number
}

/** The sender's report. */
export interface SentReport {
  /** When the attack on each victim began. */
  readonly attackedAtMs: readonly number[]
  /** How many frames with which mark it sent. */
  readonly sent: Readonly<Record<string, number>>
  /** How much later it ended than it should have: the machine was busy with other things. */
  readonly lostMs: number
}

/** Frames of an attack are counted for each so long. */
export const ATTACK_SLICE_MS = 10
/** Slices of good frames: before the attack, and from its beginning on. */
export const GOOD_SLICE = { before: 0, since: 1 } as const

/** All mixes of the lab. */
export const LAB_MIXES: readonly Mix[] = [...OTHER_MIXES, ...MIXES]

/** The network of a victim, by its number. */
export function networkOf(victim: number): string {
  return `198.51.${100 + victim}.0/24`
}
export const NETWORK_IPV6 = '2001:db8:10::/48'
