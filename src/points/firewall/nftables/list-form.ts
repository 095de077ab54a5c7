import type { NftSet, SetKeys } from '#net'
import type { AddressRanges } from '#wire'

/** What stands in a set: single addresses, ranges of them, or prefixes that all leave so many bits to hosts. */
type SetContents =
  | { readonly kind: 'addresses' }
  | { readonly kind: 'intervals' }
  | { readonly kind: 'prefixes'; readonly hostBits: number; readonly room: number }

/** A set of a list, as a form of lists wants it. */
export interface SetPlan {
  readonly version: 'ipv4' | 'ipv6'
  readonly contents: SetContents
  /** How many elements it has. */
  readonly count: number
}

/** A set of a list in a table. */
export type ListSet = SetPlan & NftSet

/** A way to hold a list in sets. */
export interface ListForm {
  readonly name: 'intervals' | 'prefixes'
  /** What distinguishes the name of a set from those of the other sets of its list. */
  suffix(set: SetPlan): string
  /** How a set is declared. */
  declaration(set: SetPlan): string
  /** The sets for a list; undefined when it is better held in another form. */
  plan(ranges: AddressRanges): readonly SetPlan[] | undefined
  /** What ranges are in sets made by `plan`; undefined when they do not fit into those, or are more than `most` elements. */
  keys<Set extends SetPlan>(
    sets: readonly Set[],
    ranges: AddressRanges,
    most: number,
  ): ReadonlyMap<Set, SetKeys> | undefined
}
