import type { ConditionSet } from '../literal/condition-set.ts'
import { BYTE_MASK, type ByteMaskBits, maskOf, type Transformation } from '../transformations/index.ts'
import { type ChainPlan, type FilterEntry, type PlanStep, unite, type Wanted } from './prefilter-plan.ts'

/** What is left of a chain for the texts of a stage, and what is looked for at its end. */
interface Rest {
  readonly plan: ChainPlan
  /** Steps that have been taken or change nothing. */
  readonly taken: number
}

/** Chains that have led to the same text so far. */
interface Stage {
  readonly rests: readonly Rest[]
  /** How texts with bytes of certain classes go on. */
  readonly splits: Map<ByteMaskBits, Split>
  readonly touches: ByteMaskBits
}

interface Split {
  /** What the chains look for that change such a text no more. */
  readonly ended: Wanted
  readonly minTextBytes: number
  /** The first steps that may change it, each with the chains that go on by it. */
  readonly next: readonly { readonly step: Transformation; readonly stage: Stage; readonly minBytes: number }[]
}

/** Which bytes there are is what clients choose: beyond this many ways through the chains, all are worked out anew. */
const KEPT_SPLITS = 1024

/** A text that was looked through. The objects are used again for the next value. */
interface Scan {
  text: string
  readonly ids: Int32Array
  count: number
}

/**
 * Looks for the conditions of many chains of transformations in one value: steps that do not change the text are passed over,
 * chains that have led to the same text go on as one, and each different text is looked through once.
 */
export class ChainSearch {
  readonly #set: ConditionSet
  readonly #plans: readonly ChainPlan[]
  #start: Stage
  #stages = new Map<string, Stage>()
  #splitCount = 0
  readonly #scans: Scan[] = []
  #scanCount = 0

  constructor(plans: readonly ChainPlan[], set: ConditionSet) {
    this.#set = set
    this.#plans = plans
    this.#start = this.#stageOf(plans.map((plan) => ({ plan, taken: 0 })))
  }

  /** Adds the entries of which a value fulfils the condition. */
  search(text: string, mask: ByteMaskBits, found: FilterEntry[]): void {
    this.#scanCount = 0
    this.#visit(this.#start, text, mask, found)
  }

  #visit(stage: Stage, text: string, mask: ByteMaskBits, found: FilterEntry[]): void {
    const { ended, minTextBytes, next } = this.#splitFor(stage, mask)
    if (text.length >= minTextBytes) this.#collect(ended, text, mask, found)
    for (let at = 0; at < next.length; at++) {
      if (text.length < next[at].minBytes) continue
      const changed = next[at].step.apply(text)
      this.#visit(next[at].stage, changed, changed === text ? mask : maskOf(changed), found)
    }
  }

  #splitFor(stage: Stage, mask: ByteMaskBits): Split {
    const key = mask & stage.touches
    const known = stage.splits.get(key)
    if (known !== undefined) return known
    const split = this.#split(stage, key)
    if (++this.#splitCount > KEPT_SPLITS) this.#forget()
    else stage.splits.set(key, split)
    return split
  }

  #split({ rests }: Stage, mask: ByteMaskBits): Split {
    const moved = rests.map(({ plan, taken }) => {
      const at = nextStep(plan.steps, taken, mask)
      return { plan, at, step: at < plan.steps.length ? plan.steps[at].transformation : undefined }
    })
    const ended = moved.filter(({ step }) => step === undefined).map(({ plan }) => plan)
    const going = Map.groupBy(moved, ({ step }) => step)
    going.delete(undefined)
    return {
      ended: unite(ended),
      minTextBytes: Math.min(...ended.map(({ minTextBytes }) => minTextBytes)),
      next: [...going].map(([step, list]) => ({
        step: step!,
        stage: this.#stageOf(list.map(({ plan, at }) => ({ plan, taken: at + 1 }))),
        minBytes: Math.min(...list.map(({ plan, at }) => plan.steps[at].minBytes)),
      })),
    }
  }

  #stageOf(rests: readonly Rest[]): Stage {
    const key = rests.map(({ plan, taken }) => `${plan.id}:${taken}`).join()
    let stage = this.#stages.get(key)
    if (stage === undefined) {
      const touches = rests.reduce((bits, { plan, taken }) => bits | touchesFrom(plan.steps, taken), 0)
      stage = { rests, splits: new Map(), touches }
      this.#stages.set(key, stage)
    }
    return stage
  }

  #forget(): void {
    this.#stages = new Map()
    this.#splitCount = 0
    this.#start = this.#stageOf(this.#plans.map((plan) => ({ plan, taken: 0 })))
  }

  #collect(wanted: Wanted, text: string, mask: ByteMaskBits, found: FilterEntry[]): void {
    const { ids, count } = this.#scan(text)
    for (let at = 0; at < count; at++) {
      const entries = wanted.byCondition[ids[at]]
      if (entries !== undefined) for (const entry of entries) found.push(entry)
    }
    if (wanted.byBytes.length === 0) return
    // What only changes the case of letters may have been left undone.
    const either = (mask & EITHER_CASE) === 0 ? mask : mask | EITHER_CASE
    for (const { mask: bytes, entry } of wanted.byBytes) if ((either & bytes) !== 0) found.push(entry)
  }

  /** Conditions that hold for a text: steps may lead back to one that was looked through. */
  #scan(text: string): Scan {
    for (let at = 0; at < this.#scanCount; at++) if (this.#scans[at].text === text) return this.#scans[at]
    const scan = (this.#scans[this.#scanCount++] ??= { text, ids: new Int32Array(this.#set.ids.length), count: 0 })
    scan.text = text
    scan.count = this.#set.scan(text)
    for (let at = 0; at < scan.count; at++) scan.ids[at] = this.#set.ids[at]
    return scan
  }
}

/** The first step from `from` on that must be taken for a text with bytes of some classes. */
function nextStep(steps: readonly PlanStep[], from: number, mask: ByteMaskBits): number {
  for (let at = from; at < steps.length; at++) {
    if ((steps[at].touches & mask) !== 0) return at
    // Conditions do not care for case, but a step behind this one may: it is passed over only when none of them does anything.
    if ((steps[at].caseTouches & mask) !== 0 && (touchesFrom(steps, at + 1) & ~EITHER_CASE & mask) !== 0) return at
  }
  return steps.length
}

/** Classes of bytes that decide what the steps from `from` on do. */
function touchesFrom(steps: readonly PlanStep[], from: number): ByteMaskBits {
  let touches = 0
  for (let at = from; at < steps.length; at++) {
    touches |= at === steps.length - 1 ? steps[at].touches : steps[at].touches | steps[at].caseTouches
  }
  return touches
}

const EITHER_CASE = BYTE_MASK.upperCase | BYTE_MASK.lowerCase
