import { TidegateError } from '#kernel'
import type { FloodMode, FloodSensitivity, FloodSettings, FloodThresholds } from './contract.ts'
import {
  contains,
  type Destination,
  HOST_BITS,
  isIpv4,
  NETWORK_BITS,
  parseDestination,
  SITE_BITS,
} from './destination.ts'

/** What applies to destinations of one protected prefix, or to all. */
export interface Profile {
  readonly mode: FloodMode
  readonly sensitivity: FloodSensitivity
  readonly thresholds: FloodThresholds
  readonly prefix?: Destination
}

const SLOTS = 4096

/** Finds what applies to a destination: of several prefixes the longest. */
export class Profiles {
  readonly #profiles: readonly Profile[]
  readonly #everybody: Profile | undefined
  /** The last destinations and their profile, so that long lists of prefixes cost little. */
  readonly #seen = new Uint32Array(SLOTS * 4)
  readonly #found = new Int32Array(SLOTS).fill(-1)

  /** @throws TidegateError ERR_CONFIG_INVALID for a prefix that is none */
  constructor({ mode, sensitivity, thresholds = {}, protect }: FloodSettings) {
    this.#everybody = protect.length === 0 ? { mode, sensitivity, thresholds } : undefined
    this.#profiles = protect
      .map((own) => ({
        mode: own.mode ?? mode,
        sensitivity: own.sensitivity ?? sensitivity,
        thresholds: { ...thresholds, ...own.thresholds },
        prefix: prefixOf(own.prefix),
      }))
      .sort((left, right) => right.prefix.bits - left.prefix.bits)
  }

  /** The profile of the address whose words stand in `source` from `at` on; undefined when nobody protects it. */
  of(source: Uint32Array, at: number): Profile | undefined {
    if (this.#everybody !== undefined) return this.#everybody
    const slot = ((source[at] ^ source[at + 1] ^ source[at + 2] ^ source[at + 3]) * 0x9e37_79b1) & (SLOTS - 1)
    const seenAt = slot * 4
    for (let word = 0; word < 4; word++) {
      if (this.#found[slot] < 0 || this.#seen[seenAt + word] !== source[at + word]) return this.#find(source, at, slot)
    }
    return this.#profiles[this.#found[slot]]
  }

  #find(source: Uint32Array, at: number, slot: number): Profile | undefined {
    const index = this.#profiles.findIndex(({ prefix }) => contains(prefix as Destination, source, at))
    // One more than the last stands for "in none".
    this.#found[slot] = index < 0 ? this.#profiles.length : index
    for (let word = 0; word < 4; word++) this.#seen[slot * 4 + word] = source[at + word]
    return this.#profiles[index]
  }
}

/**
 * Lengths of the prefixes that are watched as one around an address, beside the address: its network, as far as it is
 * protected, and what is wider.
 */
export function prefixLengths({ prefix }: Profile, isVersion4: boolean): readonly number[] {
  const network = NETWORK_BITS[isVersion4 ? 4 : 6]
  if (prefix === undefined || isIpv4(prefix) !== isVersion4) return isVersion4 ? [network] : [network, SITE_BITS]
  if (prefix.bits < network) return [network, prefix.bits]
  return prefix.bits === HOST_BITS ? [] : [prefix.bits]
}

function prefixOf(text: string): Destination {
  const destination = parseDestination(text)
  if (destination !== undefined) return destination
  throw new TidegateError('ERR_CONFIG_INVALID', `\`${text}\` is no prefix that could be protected from floods`, {
    source: 'configuration',
    remedy: 'Write it as 192.0.2.0/24 or 2001:db8::/32.',
  })
}
