import { FIELD_BY_NAME } from '#fields'
import { TidegateError } from '#kernel'
import {
  type CompileEnvironment,
  compilePredicates,
  type Expression,
  fieldsOf,
  parseExpression,
  type PredicateProgram,
} from '#rules'
import { buildConditionTables, ConditionSet, type LiteralCondition } from '../literal/condition-set.ts'
import { VALUE_DETECTORS } from './detector-table.ts'
import { gateOf } from './gate.ts'
import type { ManagedRule } from './managed-rule.ts'
import { type RuleSubject, SUBJECT_READERS } from './rule-subject.ts'
import { TextRegex } from './text-regex.ts'

/** What a rule is asked about: each value of a request, its head, its body as a whole, each file, or the answer's body. */
export type RuleScope = 'value' | 'head' | 'body' | 'file' | 'response-body'

export interface CompiledRule {
  readonly rule: ManagedRule
  readonly expression: Expression
  readonly scope: RuleScope
}

const ENVIRONMENT: CompileEnvironment<RuleSubject> = {
  readers: SUBJECT_READERS,
  lists: new Map(),
  compileRegex: (pattern) => new TextRegex(pattern),
}

const READABLE = new Map([...FIELD_BY_NAME].filter(([name]) => isReadable(name)))

function isReadable(name: string): boolean {
  return Object.hasOwn(SUBJECT_READERS.read, name) || Object.hasOwn(SUBJECT_READERS.entry ?? {}, name)
}

/** Parses a rule. Throws ERR_RULE_INVALID, which names the rule, when its condition is wrong. */
export function parseRule(rule: ManagedRule): CompiledRule {
  const parsed = parseExpression(rule.when, { fields: READABLE })
  if (!parsed.ok) {
    throw new TidegateError('ERR_RULE_INVALID', `managed rule ${rule.id}: ${parsed.error.message}: ${rule.when}`, {
      source: 'internal',
    })
  }
  return { rule, expression: parsed.expression, scope: scopeOf(fieldsOf(parsed.expression)) }
}

function scopeOf(fields: ReadonlySet<string>): RuleScope {
  const names = [...fields]
  if (names.some((name) => name.startsWith('waf.value'))) return 'value'
  if (names.some((name) => name.startsWith('waf.response.'))) return 'response-body'
  if (names.some((name) => name.startsWith('waf.file.'))) return 'file'
  return names.some((name) => name.startsWith('waf.')) ? 'body' : 'head'
}

/** Rules that are all asked about the same subject, one after the other: a handful, without a gate. */
export class PlainProgram {
  readonly rules: readonly CompiledRule[]
  readonly #program: PredicateProgram<RuleSubject>

  constructor(rules: readonly CompiledRule[]) {
    this.rules = rules
    this.#program = compilePredicates(
      rules.map(({ expression }) => expression),
      ENVIRONMENT,
    )
  }

  /** Calls `found` for each rule that matches. */
  match(subject: RuleSubject, found: (rule: CompiledRule) => void): void {
    this.#program.reset()
    for (const [index, holds] of this.#program.predicates.entries()) if (holds(subject)) found(this.rules[index])
  }
}

/**
 * Rules over one text, of which few are asked: one pass over the text says of which the literals are there, the detectors say
 * of which the finding is there.
 */
export class GatedProgram {
  readonly rules: readonly CompiledRule[]
  readonly #program: PredicateProgram<RuleSubject>
  readonly #conditions: ConditionSet
  /** Rule of each literal condition. */
  readonly #ruleOfCondition: Uint16Array
  /** Rules that need the finding of a detector, by its index. */
  readonly #rulesOfDetector: readonly (readonly number[])[]
  /** Generation in which a rule was asked last, so that two open gates ask it once. */
  readonly #asked: Uint32Array
  #generation = 0

  constructor(rules: readonly CompiledRule[], textField: string) {
    this.rules = rules
    const conditions: LiteralCondition[] = []
    const ruleOfCondition: number[] = []
    const rulesOfDetector: number[][] = VALUE_DETECTORS.map(() => [])
    for (const [index, { rule, expression }] of rules.entries()) {
      const gate = gateOf(expression, textField)
      if (gate === undefined) throw ungated(rule)
      for (const condition of gate.conditions) {
        conditions.push(condition)
        ruleOfCondition.push(index)
      }
      for (const detector of gate.detectors) rulesOfDetector[detector].push(index)
    }
    this.#conditions = new ConditionSet(buildConditionTables(conditions))
    this.#ruleOfCondition = Uint16Array.from(ruleOfCondition)
    this.#rulesOfDetector = rulesOfDetector
    this.#asked = new Uint32Array(rules.length)
    this.#program = compilePredicates(
      rules.map(({ expression }) => expression),
      ENVIRONMENT,
    )
  }

  /** Calls `found` for each rule that matches `text`, the text of `subject`; returns whether any gate was open. */
  match(text: string, subject: RuleSubject, found: (rule: CompiledRule) => void): boolean {
    this.#generation = (this.#generation + 1) >>> 0
    this.#program.reset()
    let isOpen = false
    const count = this.#conditions.scan(text)
    for (let at = 0; at < count; at++) {
      isOpen = true
      this.#ask(this.#ruleOfCondition[this.#conditions.ids[at]], subject, found)
    }
    for (let detector = 0; detector < this.#rulesOfDetector.length; detector++) {
      const rules = this.#rulesOfDetector[detector]
      if (rules.length === 0 || subject.value.detection(detector) === undefined) continue
      isOpen = true
      for (const index of rules) this.#ask(index, subject, found)
    }
    return isOpen
  }

  #ask(index: number, subject: RuleSubject, found: (rule: CompiledRule) => void): void {
    if (this.#asked[index] === this.#generation) return
    this.#asked[index] = this.#generation
    if (this.#program.predicates[index](subject)) found(this.rules[index])
  }
}

function ungated(rule: ManagedRule): TidegateError {
  return new TidegateError(
    'ERR_INVARIANT',
    `managed rule ${rule.id} would be asked about every text: it needs a literal of some length, or a detector, that must be there`,
    { source: 'internal' },
  )
}
