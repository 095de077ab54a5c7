import { TidegateError } from '#kernel'
import {
  type Conjunction,
  conjunctionsOf,
  type Constraint,
  type Dimension,
  type Expression,
  type PacketSlot,
} from '#rules'
import { EdgeBudget } from './edge-budget.ts'

/** Bits of one word of a vector. */
export const WORD_BITS = 64
/** A summary has a bit for each word. */
const WORD_LIMIT = 64
const SLOT_LIMIT = WORD_LIMIT * WORD_BITS
/** So many slots a rule may take before parts of it are asked one after the other. */
const SLOTS_OF_RULE = 16
/** Each dimension is a look-up for every packet. */
const DIMENSION_LIMIT = 8
/** Fewer slots ask along a dimension: each of them asks by itself then. */
const DIMENSION_LEAST_SLOTS = 4

/** What the planner has to know about a rule. */
export interface SlottedRule {
  readonly expression: Expression
  /** The packet goes on to later rules: a rule must not meet it again by another of its slots. */
  readonly goesOn: boolean
}

/** One bit of the vectors. */
export interface VectorSlot {
  /** Index of the rule. */
  readonly rule: number
  readonly constraints: ReadonlyMap<PacketSlot, Constraint>
  /** What no vector says: has to be asked when the bit is set. */
  readonly rest: readonly Expression[]
}

export interface SlotPlan {
  /** By position: rules in order, nothing where a word is filled up. */
  readonly slots: readonly (VectorSlot | undefined)[]
  readonly words: number
  readonly dimensions: readonly Dimension[]
}

/**
 * Lays out rules as bits of vectors: the lowest bit that is left decides.
 *
 * @throws TidegateError ERR_RULE_INVALID when there are more rules than a vector has bits
 */
export function planSlots(rules: readonly SlottedRule[]): SlotPlan {
  for (const limit of [SLOTS_OF_RULE, 1]) {
    const placed = placeAll(rules, limit)
    if (placed.length <= SLOT_LIMIT) return constrained(placed)
  }
  throw new TidegateError(
    'ERR_RULE_INVALID',
    `the packet phases have ${rules.length} rules: at most ${SLOT_LIMIT} fit`,
    {
      source: 'configuration',
      remedy: 'Put addresses into named lists, and ask `in $list` in one rule for all of them.',
    },
  )
}

type Placed = { readonly rule: number; readonly conjunction: Conjunction } | undefined

function placeAll(rules: readonly SlottedRule[], limit: number): Placed[] {
  const placed: Placed[] = []
  for (const [rule, { expression, goesOn }] of rules.entries()) {
    // As long as each rule that follows gets one.
    const free = SLOT_LIMIT - placed.length - (rules.length - 1 - rule)
    const conjunctions = conjunctionsOf(expression, Math.max(1, Math.min(limit, free)))
    // All slots of such a rule stand in one word, where the code can leave out those that follow.
    const room = WORD_BITS - (placed.length % WORD_BITS)
    if (goesOn && conjunctions.length > room) placed.push(...Array.from({ length: room }, () => undefined))
    placed.push(...conjunctions.map((conjunction) => ({ rule, conjunction })))
  }
  return placed
}

function constrained(placed: readonly Placed[]): SlotPlan {
  const words = Math.max(1, Math.ceil(placed.length / WORD_BITS))
  const dimensions = chooseDimensions(placed)
  const budgets = new Map(dimensions.map((dimension) => [dimension.slot, new EdgeBudget(dimension, words)]))
  const slots = placed.map((each) => (each === undefined ? undefined : slotOf(each, budgets)))
  return { slots, words, dimensions }
}

function slotOf(
  { rule, conjunction }: Exclude<Placed, undefined>,
  budgets: ReadonlyMap<PacketSlot, EdgeBudget>,
): VectorSlot {
  const { constraints, rest } = conjunction
  const left = [...constraints.values()].filter(
    ({ dimension, edges }) => budgets.get(dimension.slot)?.take(edges) !== true,
  )
  if (left.length === 0) return { rule, constraints, rest }
  const kept = new Map(constraints)
  for (const { dimension } of left) kept.delete(dimension.slot)
  return { rule, constraints: kept, rest: [...rest, ...left.flatMap(({ conditions }) => conditions)] }
}

/** Those that most slots ask along; numbers first, whose look-up is cheap and may tell that no rule is left. */
function chooseDimensions(placed: readonly Placed[]): readonly Dimension[] {
  const counts = new Map<PacketSlot, { readonly dimension: Dimension; slots: number }>()
  for (const each of placed) {
    for (const [slot, { dimension }] of each?.conjunction.constraints ?? []) {
      const count = counts.get(slot)
      if (count === undefined) counts.set(slot, { dimension, slots: 1 })
      else count.slots++
    }
  }
  return [...counts.values()]
    .filter(({ slots }) => slots >= DIMENSION_LEAST_SLOTS)
    .sort((left, right) => right.slots - left.slots)
    .slice(0, DIMENSION_LIMIT)
    .map(({ dimension }) => dimension)
    .sort((left, right) => costOf(left) - costOf(right))
}

function costOf(dimension: Dimension): number {
  return dimension.kind === 'address' ? Infinity : dimension.size * (dimension.transports.length + 1)
}
