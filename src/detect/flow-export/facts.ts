import type { FlowRecord } from '#wire'
import type { GeoLookup } from '../geo/lookup.ts'

/** What is asked about one flow: the record, and what the address data says about its source. */
export class FlowFacts {
  readonly #geo: GeoLookup | undefined
  /** Valid until the next flow. */
  record!: FlowRecord

  constructor(geo: GeoLookup | undefined) {
    this.#geo = geo
  }

  get country(): string | undefined {
    const { source } = this.record
    return source === undefined ? undefined : this.#geo?.country(source)
  }

  get asn(): number | undefined {
    const { source } = this.record
    return source === undefined ? undefined : this.#geo?.asn(source)
  }
}
