import type { FlowProtocol } from './flow-record.ts'

/** What sequence numbers count. `records` are all data records, `flows` those that are about flows. */
export type SequenceUnit = 'datagrams' | 'flows' | 'records'

interface CountingRule {
  readonly unit: SequenceUnit
  /** The number is that behind the datagram, not that before it. */
  readonly includesOwn: boolean
}

const DATAGRAMS: CountingRule = { unit: 'datagrams', includesOwn: false }
const RECORDS: CountingRule = { unit: 'records', includesOwn: false }
const FLOWS: CountingRule = { unit: 'flows', includesOwn: false }

/** What the standard says comes first; behind it what exporters do in its place. */
const RULES: Readonly<Record<FlowProtocol, readonly CountingRule[]>> = {
  netflow5: [FLOWS, { ...FLOWS, includesOwn: true }, DATAGRAMS],
  netflow9: [DATAGRAMS, RECORDS, { ...RECORDS, includesOwn: true }, FLOWS, { ...FLOWS, includesOwn: true }],
  ipfix: [RECORDS, { ...RECORDS, includesOwn: true }, FLOWS, { ...FLOWS, includesOwn: true }, DATAGRAMS],
  sflow5: [DATAGRAMS],
}

/** A jump beyond this is a restart, not a loss. */
const LOSS_LIMIT = 100_000
/** Gaps that a late datagram may still fill. */
const RECENT_GAPS = 16
/** Gaps that are remembered with their places. */
const GAPS_KEPT = 20

/** Units that never came. */
export interface SequenceGap {
  readonly start: number
  readonly units: number
  /** Of the units, how many are missing still. */
  missing: number
  /** Of the datagram behind the gap, as `follow` was given it. */
  readonly place: number
}

/** What the sequence numbers of a stream say. */
export interface SequenceLosses {
  readonly unit: SequenceUnit
  /** False where the exporter counts in another way than the standard of its protocol. */
  readonly isStandard: boolean
  /** Units that never came. */
  readonly lost: number
  /** How often some were missing. */
  readonly gapCount: number
  /** The first of these gaps, at most 20. */
  readonly gaps: readonly SequenceGap[]
  /** Datagrams that came behind later ones. */
  readonly late: number
}

/**
 * Follows the sequence numbers of one exporter. Exporters differ in what they count, whatever their standard says: all ways
 * are followed side by side, and one that fits clearly better than the standard is believed.
 */
export class SequenceWatch {
  readonly #counts: readonly SequenceCount[]

  constructor(protocol: FlowProtocol) {
    this.#counts = RULES[protocol].map((rule) => new SequenceCount(rule))
  }

  /** Takes the number of a datagram and what is in it, -1 where that is not known. `place` is kept with gaps. */
  follow(sequence: number, flows: number, records: number, place: number): void {
    for (const count of this.#counts) {
      const { unit } = count.rule
      count.follow(sequence, unit === 'datagrams' ? 1 : unit === 'flows' ? flows : records, place)
    }
  }

  /** The exporter counts anew. */
  restart(): void {
    for (const count of this.#counts) count.restart()
  }

  losses(): SequenceLosses {
    const [standard, ...others] = this.#counts
    let best = standard
    for (const count of others) {
      // Without templates records cannot be counted: what was never compared fits always.
      if (count.compared * 2 >= standard.compared && count.oddities * 2 < best.oddities) best = count
    }
    const { rule, lost, gapCount, late } = best
    return { unit: rule.unit, isStandard: best === standard, lost, gapCount, gaps: best.gaps(), late }
  }
}

/** Follows sequence numbers under one rule. */
class SequenceCount {
  readonly rule: CountingRule
  compared = 0
  lost = 0
  gapCount = 0
  late = 0
  #stepsBack = 0
  #expected = -1
  readonly #kept: SequenceGap[] = []
  readonly #recent: SequenceGap[] = []

  constructor(rule: CountingRule) {
    this.rule = rule
  }

  /** How often the numbers were not what they had to be. */
  get oddities(): number {
    return this.gapCount + this.#stepsBack
  }

  follow(sequence: number, units: number, place: number): void {
    const isKnown = units >= 0
    const start = this.rule.includesOwn ? (sequence - units) >>> 0 : sequence
    const isComparable = this.#expected >= 0 && (isKnown || !this.rule.includesOwn)
    if (isComparable) {
      this.compared++
      const ahead = (start - this.#expected) >>> 0
      if (ahead > 0 && ahead < LOSS_LIMIT) this.#miss(start - ahead, ahead, place)
      // What comes late changes nothing of what is expected next.
      else if (ahead > 0 && this.#fill(start, Math.max(units, 0))) return
      else if (ahead > 0) this.#stepsBack++
    }
    this.#expected = isKnown ? (start + units) >>> 0 : -1
  }

  restart(): void {
    this.#expected = -1
    for (const gap of this.#recent.splice(0)) this.#keep(gap)
  }

  gaps(): SequenceGap[] {
    return [...this.#kept, ...this.#recent.filter(({ missing }) => missing > 0)].slice(0, GAPS_KEPT)
  }

  #miss(start: number, units: number, place: number): void {
    this.lost += units
    this.gapCount++
    this.#recent.push({ start: start >>> 0, units, missing: units, place })
    if (this.#recent.length > RECENT_GAPS) this.#keep(this.#recent.shift()!)
  }

  #keep(gap: SequenceGap): void {
    if (gap.missing > 0 && this.#kept.length < GAPS_KEPT) this.#kept.push(gap)
  }

  /** True when the units are of a gap. */
  #fill(start: number, units: number): boolean {
    const gap = this.#recent.find(
      (each) => ((start - each.start) >>> 0) + units <= each.units && each.missing >= units && each.missing > 0,
    )
    if (gap === undefined) return false
    this.late++
    this.lost -= units
    gap.missing -= units
    if (gap.missing === 0) this.gapCount--
    return true
  }
}
