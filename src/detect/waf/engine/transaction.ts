import type { BodyProcessor } from '../body-contents.ts'
import type { RequestParts } from '../parts/request-parts.ts'
import type { ResponseParts } from '../parts/response-parts.ts'
import type { WafInterruption } from '../verdict.ts'
import type { Budget } from './budget.ts'
import { Candidates } from './candidates.ts'
import type { EngineRule } from './engine-rule.ts'
import type { RuleExceptions } from './rule-exceptions.ts'
import { type LinkMatch, MatchLog } from './match-log.ts'
import type { PersistentCollections } from './persistent-collections.ts'
import { Removals } from './removals.ts'
import type { SecValue } from './sec-value.ts'
import type { TxNames, TxValue } from './tx-names.ts'
import { TxStore } from './tx-store.ts'
import { VALUE_READERS } from './value-readers.ts'
import { HOMES, VARIABLE_NAMES, VARIABLE_STEPS, type VariableStep } from './variable-table.ts'

/** What a transaction takes from the rules that judge it. */
export interface TransactionRules {
  readonly names: TxNames
  readonly template: readonly TxValue[]
  readonly persistent: PersistentCollections
  readonly noCandidates: readonly undefined[]
}

export interface TransactionOptions {
  readonly budget: Budget
  readonly exceptions: RuleExceptions | undefined
  readonly stopsAtInterruption: boolean
}

/** Lists of these steps change when the named step begins. */
const STALE_AT: Readonly<Record<'body' | 'response' | 'responseBody', readonly number[]>> = {
  body: variablesOf(['body']),
  response: variablesOf(['response', 'responseBody']),
  responseBody: variablesOf(['responseBody']),
}

const NO_LISTS: readonly undefined[] = VARIABLE_NAMES.map(() => undefined)

const IS_VOLATILE = Uint8Array.from(VARIABLE_STEPS, (step) => (step === 'volatile' ? 1 : 0))

function variablesOf(wanted: readonly VariableStep[]): number[] {
  return VARIABLE_STEPS.flatMap((step, id) => (wanted.includes(step) ? [id] : []))
}

/** The state of one request while rules run over it. */
export class Transaction {
  readonly parts: RequestParts
  readonly tx: TxStore
  readonly log = new MatchLog()
  readonly candidates: Candidates
  readonly persistent: PersistentCollections
  /** Keys of the collections that were chosen by `initcol` and its kin, by upper-case name. */
  readonly persistentKeys = new Map<string, string>()
  readonly environment = new Map<string, string>()

  response: ResponseParts | undefined = undefined
  bodyProcessor: BodyProcessor
  bodyBytes = 0
  bodyExceedsLimit = false
  responseExceedsLimit = false
  isBodyForced = false
  readsRequestBody = true
  readsResponseBody = true
  engineMode: 'on' | 'detection-only' | 'off' = 'on'
  webAppId = 'default'
  highestSeverity: number | undefined = undefined

  /** The rule that is being evaluated, and what matched in it so far. */
  rule: EngineRule | undefined = undefined
  linkMatches: LinkMatch[] = []
  /** Groups of the last operator that captures; the evaluation takes them. */
  groups: readonly (string | undefined)[] | undefined = undefined
  matched: SecValue | undefined = undefined
  matchedInChain: SecValue[] = []

  removals: Removals | undefined = undefined
  readonly exceptions: RuleExceptions | undefined
  readonly budget: Budget
  interruption: WafInterruption | undefined = undefined
  /** False to go on with the rules behind one that refuses, as in log mode: everything that matches is then told. */
  readonly stopsAtInterruption: boolean
  /** Phases up to this one are passed over: an `allow` has decided. */
  allowedThrough = 0

  readonly #lists: (SecValue[] | undefined)[] = NO_LISTS.slice()

  constructor(parts: RequestParts, rules: TransactionRules, options: TransactionOptions) {
    this.parts = parts
    this.exceptions = options.exceptions
    this.budget = options.budget
    this.stopsAtInterruption = options.stopsAtInterruption
    this.candidates = new Candidates(rules.noCandidates)
    this.tx = new TxStore(rules.names, rules.template)
    this.persistent = rules.persistent
    this.bodyProcessor = parts.naturalProcessor
  }

  /** The values of a variable; of a part of another variable only its own. */
  valuesOf(variable: number): readonly SecValue[] {
    const home = HOMES[variable]
    const list = this.listOf(home)
    return home === variable ? list : list.filter((value) => value.part === variable)
  }

  /** All values of the list of a home variable. */
  listOf(home: number): readonly SecValue[] {
    const known = this.#lists[home]
    if (known !== undefined) return known
    const list = VALUE_READERS[home](this)
    if (IS_VOLATILE[home] === 0) this.#lists[home] = list
    return list
  }

  /** Forgets what a new step fills anew. */
  begin(step: 'body' | 'response' | 'responseBody'): void {
    for (const variable of STALE_AT[step]) this.#lists[variable] = undefined
  }

  /** Puts values of a window in place of what the lists of a step held. */
  showWindow(step: 'body' | 'responseBody', values: readonly SecValue[]): void {
    for (const variable of STALE_AT[step]) this.#lists[variable] = []
    for (const value of values) this.#lists[value.variable]?.push(value)
  }

  removalsForWriting(): Removals {
    this.removals ??= new Removals()
    return this.removals
  }

  /** Counts a change of an anomaly score for the match whose effects run. */
  addScore(kind: 'level' | 'total', change: number): void {
    const match = this.linkMatches.at(-1)
    if (match === undefined) return
    // Rule sets that sum up by level add the same number to a total as well: it counts once.
    if (kind === 'level') match.levelScore += change
    else match.totalScore += change
  }
}
