import { bestCandidate, type Candidate, type Cluster, properShare, widthOf } from './candidate.ts'
import { type CodedColumn, codeColumns, type CodeTable, valueIn } from './code-table.ts'
import { COLUMNS, isSameBytes } from './columns.ts'
import { type Condition, fulfils } from './condition.ts'
import type { RowSet } from './row-set.ts'

/** What tells a flood from good packets. */
interface Signature {
  readonly conditions: readonly SignatureCondition[]
  /** What part of the attack it matches. */
  readonly coverage: number
  /** Rows of the attack that it matches. */
  readonly attackRows: number
  readonly goodMatched: number
}

export interface SignatureCondition {
  readonly condition: Condition
  /** Of all rows that were looked at. */
  readonly attackShare: number
  readonly goodShare: number
}

interface SearchQuestion {
  /** Packets to the destination since the attack began, in the order of their times. */
  readonly attack: RowSet
  readonly good: RowSet
  /** What part of the attack's rows are good packets, as far as can be expected: 0 to 1. */
  readonly goodShare: number
  /** A signature is clean when it matches at most this share of the good packets. */
  readonly collateralLimit: number
  readonly signaturesMost: number
  /** The good packets are of those who are attacked: values that they do not have are strange. */
  readonly areGoodValuesKnown: boolean
  /** Networks that good packets come from, ascending, when these are known. */
  readonly familiarNetworks: readonly number[] | undefined
  /** Columns that all packets of the class have alike. */
  readonly ignored: ReadonlySet<string>
}

const SOURCE = COLUMNS.findIndex(({ name }) => name === 'source')
const CONDITIONS_MOST = 6
/** A condition has to keep so much of the attack that is left, and to lose so much of the good packets. */
const STEP_ATTACK_LEAST = 0.15
const STEP_GOOD_MOST = 0.75
/** A signature of a smaller part of the attack is not worth a rule. */
const COVERAGE_LEAST = 0.08
/** What a condition that only makes a clean signature narrower may lose of the attack. */
const NARROWING_LOSS_MOST = 0.002
const NARROWING_ROWS_LEAST = 40
/** What a narrowing condition is worth: how often it halves what good packets look like, or what can be sent at all. */
const NARROWING_BITS_LEAST = 0.5
const NARROWING_BITS_MOST = 8
/** So many halvings are enough. */
const NARROW_BITS = 3
const NARROWING_GOOD_LEAST = 50
const NARROWING_WIDTH_MOST = 0.99
/** Values that follow the order of the packets more than this are counted up by the sender: they will be others soon. */
const DRIFT_MOST = 0.25
const DRIFT_ROWS_LEAST = 20

/**
 * Finds conjunctions that match the attack and not the good packets: from everything, the condition that tells them apart
 * best is added until hardly any good packet is matched; then conditions that cost nothing make it narrower, so that good
 * packets nobody has seen yet are not hit either. What a signature matches is taken away, and the rest is searched again.
 */
export function searchSignatures(question: SearchQuestion): readonly Signature[] {
  const { attack, good, goodShare } = question
  const columns = codeColumns(attack, good).map((coded) =>
    coded === undefined || question.ignored.has(COLUMNS[coded.column].name) ? undefined : coded,
  )
  const allGood = Int32Array.from({ length: good.size }, (_, row) => attack.size + row)
  const expectedGood = goodShare * attack.size
  const excess = attack.size - expectedGood
  const signatures: Signature[] = []
  let rest = Int32Array.from({ length: attack.size }, (_, row) => row)
  while (signatures.length < question.signaturesMost) {
    const left = rest.length - expectedGood
    if (left < Math.max(COVERAGE_LEAST * excess, 3 * Math.sqrt(expectedGood), 1)) break
    const all: Cluster = {
      attack: rest,
      good: allGood,
      goodShare: Math.min(0.98, expectedGood / rest.length),
      areGoodValuesKnown: question.areGoodValuesKnown,
      familiarNetworks: question.familiarNetworks,
      sources: columns[SOURCE],
    }
    const grown = grow(question, columns, all)
    const conditions = grown.candidates.map(({ condition }) => condition)
    const kept = rest.filter((row) => !matches(conditions, columns, row))
    const coverage = Math.max(0, Math.min(1, (rest.length - kept.length - grown.expectedGood) / excess))
    if (coverage < COVERAGE_LEAST) break
    signatures.push({
      conditions: conditions.map((condition) => withShares(condition, columns, all, question)),
      coverage,
      attackRows: rest.length - kept.length,
      goodMatched: grown.cluster.good.length,
    })
    if (conditions.length === 0) break
    rest = kept
  }
  return signatures
}

interface Grown {
  readonly candidates: readonly Candidate[]
  readonly cluster: Cluster
  readonly expectedGood: number
}

function grow(question: SearchQuestion, columns: CodeTable, start: Cluster): Grown {
  const candidates: Candidate[] = []
  const expectedGood = start.goodShare * start.attack.length
  const goodMost = Math.floor(question.collateralLimit * question.good.size)
  let cluster = start
  const add = (candidate: Candidate): void => {
    candidates.push(candidate)
    cluster = narrowed(cluster, candidate.condition, columns, start, expectedGood)
  }
  while (candidates.length < CONDITIONS_MOST && cluster.good.length > goodMost) {
    const next = bestStep(columns, cluster, candidates)
    if (next === undefined) break
    add(next)
  }
  const narrow = (): void => {
    for (let bits = 0; candidates.length < CONDITIONS_MOST;) {
      const isNarrow = bits >= NARROW_BITS
      const next = bestNarrowing({ columns, cluster, taken: candidates, allGood: start.good, isNarrow })
      if (next === undefined) break
      bits += next.score
      add(next)
    }
  }
  narrow()
  const needed = question.areGoodValuesKnown ? withoutNeedless(candidates, columns, start, goodMost) : candidates
  if (needed.length < candidates.length) {
    candidates.length = 0
    cluster = start
    for (const candidate of needed) add(candidate)
    narrow()
  }
  const matchedShare = start.good.length === 0 ? 0 : cluster.good.length / start.good.length
  return { candidates, cluster, expectedGood: expectedGood * matchedShare }
}

function bestStep(columns: CodeTable, cluster: Cluster, taken: readonly Candidate[]): Candidate | undefined {
  const candidates = untaken(columns, taken)
    .map((coded) => bestCandidate(coded, cluster))
    .filter((candidate) => candidate !== undefined)
    .filter(
      ({ attackShare, goodShare }) => attackShare >= STEP_ATTACK_LEAST && goodShare <= STEP_GOOD_MOST * attackShare,
    )
    .sort((left, right) => right.score - left.score)
  return candidates.find((candidate) => !isDrifting(candidate, columns, cluster))
}

/** Columns that say something that the conditions so far do not. */
function untaken(columns: CodeTable, taken: readonly Candidate[]): readonly CodedColumn[] {
  return columns
    .filter((coded) => coded !== undefined)
    .filter(({ column }) =>
      taken.every(
        ({ condition }) => condition.column !== column && !isSameBytes(COLUMNS[column], COLUMNS[condition.column]),
      ),
    )
}

/**
 * Without the conditions that lose part of the attack and are not needed any more, as what came later tells the same good
 * packets from it. The first to go is the one that loses most.
 */
function withoutNeedless(
  candidates: readonly Candidate[],
  columns: CodeTable,
  start: Cluster,
  goodMost: number,
): readonly Candidate[] {
  const matched = (kept: readonly Candidate[], rows: Int32Array): number => {
    const conditions = kept.map(({ condition }) => condition)
    return rows.filter((row) => matches(conditions, columns, row)).length
  }
  const { attack, good } = start
  const attackRows = matched(candidates, attack)
  if (candidates.length < 2 || matched(candidates, good) > goodMost) return candidates
  const better = candidates
    .map((each) => candidates.filter((other) => other !== each))
    .map((kept) => ({ kept, gained: matched(kept, attack) - attackRows }))
    .filter(({ kept, gained }) => gained > attackRows * NARROWING_LOSS_MOST && matched(kept, good) <= goodMost)
    .sort((left, right) => right.gained - left.gained)
  return better.length === 0 ? candidates : withoutNeedless(better[0].kept, columns, start, goodMost)
}

interface Narrowing {
  readonly columns: CodeTable
  readonly cluster: Cluster
  readonly taken: readonly Candidate[]
  readonly allGood: Int32Array
  /** There are such conditions already. */
  readonly isNarrow: boolean
}

/** The condition that costs nothing of the attack and excludes most of what could be sent. */
function bestNarrowing({ columns, cluster, taken, allGood, isNarrow }: Narrowing): Candidate | undefined {
  if (cluster.attack.length < NARROWING_ROWS_LEAST) return undefined
  const found = untaken(columns, taken)
    .filter(({ column }) => COLUMNS[column].kind !== 'source' || COLUMNS[column].isClosed === true)
    .map((coded) => narrowingOf(coded, columns, cluster, allGood))
    .filter((candidate) => candidate !== undefined)
    .sort((left, right) => right.score - left.score)
    .filter((candidate) => !isDrifting(candidate, columns, cluster))
  const isOfSource = ({ condition }: Candidate): boolean => COLUMNS[condition.column].kind === 'source'
  // Who sends changes sooner than what is sent: that is asked where good packets are left, or nothing else is there to ask.
  if (cluster.good.length > 0) return found[0]
  return found.find((candidate) => !isOfSource(candidate)) ?? (isNarrow ? undefined : found[0])
}

function narrowingOf(
  coded: CodedColumn,
  columns: CodeTable,
  cluster: Cluster,
  allGood: Int32Array,
): Candidate | undefined {
  const found = bestCandidate(coded, { ...cluster, good: cluster.good.subarray(0, 0) })
  if (found === undefined || found.attackShare < 1 - NARROWING_LOSS_MOST) return undefined
  const column = COLUMNS[coded.column]
  if (column.kind === 'source' && !found.condition.isOutside) return undefined
  // Each of several bytes is a test of its own for the kernel: that is not worth it for what is clean already.
  if (column.kind === 'bytes' && found.condition.ranges.length > 1) return undefined
  // That a value is there at all is said by other conditions.
  if (column.kind === 'range' && widthOf(column, found.condition.ranges) > NARROWING_WIDTH_MOST) return undefined
  const bits = worthOf(found.condition, columns, allGood)
  return bits < NARROWING_BITS_LEAST ? undefined : { ...found, score: bits }
}

/** In halvings: of the good packets, or when there are few, of what can be sent. */
function worthOf(condition: Condition, columns: CodeTable, allGood: Int32Array): number {
  const column = COLUMNS[condition.column]
  if (allGood.length < NARROWING_GOOD_LEAST) {
    return Math.min(NARROWING_BITS_MOST, (1 - widthOf(column, condition.ranges)) * Math.log2(column.domain))
  }
  const matched = allGood.filter((row) => matches([condition], columns, row)).length
  return Math.min(NARROWING_BITS_MOST, Math.log2(allGood.length / Math.max(matched, 1)))
}

function narrowed(
  cluster: Cluster,
  condition: Condition,
  columns: CodeTable,
  start: Cluster,
  expectedGood: number,
): Cluster {
  const attack = cluster.attack.filter((row) => matches([condition], columns, row))
  const good = cluster.good.filter((row) => matches([condition], columns, row))
  const mixedIn = start.good.length === 0 ? 0 : (expectedGood * good.length) / start.good.length
  return { ...cluster, attack, good, goodShare: Math.min(0.98, mixedIn / attack.length) }
}

function matches(conditions: readonly Condition[], columns: CodeTable, row: number): boolean {
  for (const condition of conditions) {
    if (!fulfils(condition, valueIn(columns, condition.column, row))) return false
  }
  return true
}

/** True when the values that a condition names come in the order of the packets. */
function isDrifting({ condition }: Candidate, columns: CodeTable, { attack }: Cluster): boolean {
  if (
    condition.isOutside ||
    condition.ranges.every(([first, last]) => first === last && condition.ranges.length === 1)
  ) {
    return false
  }
  const values = [...attack]
    .map((row) => valueIn(columns, condition.column, row))
    .filter((value) => fulfils(condition, value))
  return values.length >= DRIFT_ROWS_LEAST && Math.abs(correlationWithOrder(values)) > DRIFT_MOST
}

function correlationWithOrder(values: readonly number[]): number {
  const count = values.length
  const mean = values.reduce((sum, value) => sum + value, 0) / count
  const middle = (count - 1) / 2
  let [together, ofValues, ofOrder] = [0, 0, 0]
  for (const [order, value] of values.entries()) {
    together += (value - mean) * (order - middle)
    ofValues += (value - mean) ** 2
    ofOrder += (order - middle) ** 2
  }
  return ofValues === 0 ? 0 : together / Math.sqrt(ofValues * ofOrder)
}

function withShares(
  condition: Condition,
  columns: CodeTable,
  { attack, good, goodShare }: Cluster,
  question: SearchQuestion,
): SignatureCondition {
  const share = (rows: Int32Array): number =>
    rows.length === 0 ? 0 : rows.filter((row) => matches([condition], columns, row)).length / rows.length
  const ofGood = question.good.size === 0 ? 0 : share(good)
  return { condition, attackShare: properShare(share(attack), ofGood, goodShare), goodShare: ofGood }
}
