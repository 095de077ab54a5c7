import type { SiteConfig } from '#config'
import type { OriginPool } from './origin-pool.ts'

/** The origins of one site, and the choice among them. */
export class OriginGroup {
  readonly origins: readonly OriginPool[]
  readonly #leastConnections: boolean
  #next = 0

  constructor(origins: readonly OriginPool[], balance: SiteConfig['balance']) {
    this.origins = origins
    this.#leastConnections = balance === 'least-connections'
  }

  /**
   * An origin that is not in `tried`: an available one that has room, else the available one where the fewest wait. When
   * none is available the choice falls on one that is not: an origin that may be down is a better answer than a refusal.
   */
  choose(tried: readonly OriginPool[]): OriginPool | undefined {
    if (this.origins.length === 1) return tried.length === 0 ? this.origins[0] : undefined
    return this.#pick(tried, isReady) ?? this.#shortestQueue(tried) ?? this.#pick(tried, isAny)
  }

  #pick(tried: readonly OriginPool[], fits: (origin: OriginPool) => boolean): OriginPool | undefined {
    const count = this.origins.length
    let chosen: OriginPool | undefined
    for (let i = 0; i < count; i++) {
      const at = (this.#next + i) % count
      const origin = this.origins[at]
      if (tried.includes(origin) || !fits(origin)) continue
      if (!this.#leastConnections) {
        this.#next = (at + 1) % count
        return origin
      }
      if (chosen === undefined || origin.busy < chosen.busy) chosen = origin
    }
    // Ties go round as well.
    if (chosen !== undefined) this.#next = (this.origins.indexOf(chosen) + 1) % count
    return chosen
  }

  #shortestQueue(tried: readonly OriginPool[]): OriginPool | undefined {
    let chosen: OriginPool | undefined
    for (const origin of this.origins) {
      if (tried.includes(origin) || !origin.health.available) continue
      if (chosen === undefined || origin.waiting < chosen.waiting) chosen = origin
    }
    return chosen
  }
}

function isReady(origin: OriginPool): boolean {
  return origin.health.available && origin.hasRoom
}

function isAny(): boolean {
  return true
}
