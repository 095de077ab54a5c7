/** What the compared rows are: it says which fields are looked at and where a filter can be enforced. */
export const COMPARE_KINDS = ['http', 'packet', 'flow', 'dns'] as const

export type CompareKind = (typeof COMPARE_KINDS)[number]

/** What a comparison is doing. */
export type CompareStep = 'choosing rows' | 'looking for filters' | 'counting all rows' | 'looking for rates'

export type OnStep = (step: CompareStep) => void

/** What of a capture is compared. */
export type RowLevel = 'packets' | 'requests' | 'TLS handshakes' | 'DNS queries' | 'flows'

/** A value, or a property such as its length, with its share on both sides. */
export interface Attribute {
  /** The field, or the operand in the rules language. */
  readonly field: string
  readonly value: string | number | boolean
  /** Share of the bad and of the good rows that have it, 0 to 1. */
  readonly bad: number
  readonly good: number
  /** The condition that selects it; absent when no filter may use it. */
  readonly when?: string
  /** Why no filter may use it. */
  readonly note?: string
}

/** Shares of both sides, 0 to 1. */
export interface Shares {
  readonly coverage: number
  readonly collateral: number
}

/** One condition of a filter, and what it is good for. */
export interface ConjunctReport {
  readonly when: string
  /** What the field is that it tests. */
  readonly about: string
  /** What it selects by itself. */
  readonly alone: Shares
  /** What it takes off the rest of the filter: more collateral is better, more coverage is worse. */
  readonly removes: Shares
}

/** What filters hit of good rows that were not searched for them, which is what they may hit of others. */
export interface UnseenReport {
  readonly rows: number
  readonly collateral: number
  /** 95 % interval of the collateral. */
  readonly interval: readonly [number, number]
}

/** A proposed filter, counted on all rows. */
export interface FilterReport extends Shares {
  readonly when: string
  /** 95 % interval of the collateral, by the rows that were not searched where these are enough. */
  readonly collateralInterval: readonly [number, number]
  /** Share of the bad rows that no filter above it selects. */
  readonly gain: number
  readonly badRows: number
  readonly goodRows: number
  readonly conjuncts: readonly ConjunctReport[]
  /** Where messages in packets are compared: shares of the packets. */
  readonly packets?: Shares
  /** Enforcement points that can read every field of it. */
  readonly points: readonly string[]
}

export type Advice = 'block' | 'rate_limit' | 'challenge' | 'none'

/** A limit under which nearly all good clients stay. */
export interface RateProposal {
  /** Fields whose values together name a client. */
  readonly key: readonly string[]
  readonly periodSeconds: number
  /** Rows of one key in one period. */
  readonly threshold: number
  /** Share of the bad rows that is above it, and of the good. */
  readonly coverage: number
  readonly collateral: number
}

interface SideReport {
  readonly rows: number
  /** Events that the rows stand for, when the log was sampled. */
  readonly weight: number
  /** Rows that the search looked at; the numbers of filters are of all rows. */
  readonly searched: number
}

export interface CompareReport {
  readonly kind: CompareKind
  /** Of captures: what the rows are. */
  readonly level?: RowLevel
  readonly bad: SideReport
  readonly good: SideReport
  /** `trusted`: every bad row counts as bad. `window`: the bad side holds good rows too, and only what exceeds them counts. */
  readonly labels: 'trusted' | 'window'
  /** With `window`: how many rows exceed the baseline, and by what the baseline was multiplied. */
  readonly excess?: { readonly rows: number; readonly share: number; readonly baselineScale: number }
  readonly attributes: readonly Attribute[]
  readonly filters: readonly FilterReport[]
  /** All filters together. */
  readonly together: Shares
  /** Absent when there is no filter, or too few rows to judge by rows that were not searched. */
  readonly unseen?: UnseenReport
  readonly advice: Advice
  readonly why: string
  readonly rate?: RateProposal
  /** What was left out of the comparison, and why. */
  readonly notes: readonly string[]
}
