import type { WafInterruption } from '../verdict.ts'
import type { EngineRule } from './engine-rule.ts'
import { beginsToMatch, evaluateRule } from './evaluate-rule.ts'
import type { Program } from './program.ts'
import type { SecValue } from './sec-value.ts'
import { selects } from './targets.ts'
import type { Transaction } from './transaction.ts'
import { VARIABLE_STEPS } from './variable-table.ts'

/** Runs the rules of a phase in order: those that always run, and those of which a value can match, by their position. */
export function runPhase(program: Program, transaction: Transaction, phase: number): void {
  const { candidates } = transaction
  if (transaction.engineMode === 'off' || phase <= transaction.allowedThrough) return
  const always = program.always[phase]
  const hits = candidates.ofPhase(phase)
  const { filtered } = program.plan
  let from = 0
  for (let alwaysAt = 0, hitAt = 0; alwaysAt < always.length || hitAt < hits.length;) {
    const number = hitAt < hits.length ? hits[hitAt] : -1
    const isHit =
      number >= 0 && (alwaysAt >= always.length || filtered[number].rule.position < always[alwaysAt].position)
    const rule = isHit ? filtered[number].rule : always[alwaysAt]
    if (isHit) hitAt++
    else alwaysAt++
    if (rule.position < from) continue
    const values = isHit ? inOrder(rule, candidates.valuesOf(number)) : undefined
    if (isOff(transaction, rule, values) || !evaluateRule(transaction, rule, values)) continue
    if (rule.skipTo !== undefined) from = rule.skipTo
    if (concludes(transaction, rule) || transaction.budget.isSpent()) return
  }
}

/**
 * Runs the rules that look at the values of a window, and after them those that only sum up: a rule that counts or compares what
 * the whole body holds has run already.
 */
export function runWindow(program: Program, transaction: Transaction, phase: number): void {
  if (transaction.engineMode === 'off' || phase <= transaction.allowedThrough) return
  const { candidates } = transaction
  for (const filtered of program.plan.filtered) {
    // A rule that has matched says nothing new by matching again, and windows overlap.
    if (filtered.rule.phase !== phase || transaction.log.has(filtered.rule.id)) continue
    const values =
      program.finder === undefined ? windowValuesOf(transaction, filtered.rule) : candidates.valuesOf(filtered.number)
    if (values.length === 0 || isOff(transaction, filtered.rule, values)) continue
    if (!evaluateRule(transaction, filtered.rule, inOrder(filtered.rule, values))) continue
    if (concludes(transaction, filtered.rule) || transaction.budget.isSpent()) return
  }
  runInOrder(transaction, program.sums[phase])
}

function windowValuesOf(transaction: Transaction, rule: EngineRule): SecValue[] {
  const groups = rule.links[0].targets?.groups ?? []
  return groups.flatMap((group) => {
    if (VARIABLE_STEPS[group.home] !== 'body' && VARIABLE_STEPS[group.home] !== 'responseBody') return []
    return transaction.listOf(group.home).filter((value) => selects(group, value))
  })
}

function runInOrder(transaction: Transaction, rules: readonly EngineRule[]): void {
  let from = 0
  for (const rule of rules) {
    if (rule.position < from || isOff(transaction, rule, undefined)) continue
    if (!evaluateRule(transaction, rule, undefined)) continue
    if (rule.skipTo !== undefined) from = rule.skipTo
    if (concludes(transaction, rule)) return
  }
}

/** Values in the order in which the rule names their lists; within a list they are in order. */
function inOrder(rule: EngineRule, values: readonly SecValue[]): readonly SecValue[] {
  const groups = rule.links[0].targets?.groups ?? []
  if (values.length < 2 || groups.length < 2) return values
  return groups.flatMap(({ home }) => values.filter(({ variable }) => variable === home))
}

/**
 * Whether a rule is out of force for this request. An exception that takes it out counts as used only when the rule would have
 * had something to say.
 */
function isOff(transaction: Transaction, rule: EngineRule, candidates: readonly SecValue[] | undefined): boolean {
  const { removals, exceptions } = transaction
  if (removals !== undefined && removals.hidesRule(rule)) return true
  if (exceptions === undefined || !rule.logs) return false
  const exception = exceptions.whole(rule)
  if (exception === undefined) return false
  if (!exceptions.used.has(exception.id) && beginsToMatch(transaction, rule, candidates))
    exceptions.used.add(exception.id)
  return true
}

/** Notes a rule that matched, and what it decides. True when nothing more of this phase may run. */
function concludes(transaction: Transaction, rule: EngineRule): boolean {
  if (rule.logs) transaction.log.add(transaction, rule, transaction.linkMatches)
  if (transaction.engineMode === 'off') return true
  switch (rule.disruptive) {
    case 'pass':
      return false
    case 'allow':
      transaction.allowedThrough = LOG_PHASE - 1
      return true
    case 'allow:request':
      transaction.allowedThrough = RESPONSE_PHASE - 1
      return true
    case 'allow:phase':
      return true
    case 'block':
    case 'deny':
    case 'drop':
    case 'redirect':
      return interrupt(transaction, rule)
  }
}

const RESPONSE_PHASE = 3
const LOG_PHASE = 5

function interrupt(transaction: Transaction, rule: EngineRule): boolean {
  if (transaction.engineMode !== 'on' || rule.phase === LOG_PHASE) return false
  transaction.interruption ??= interruptionBy(transaction, rule)
  return transaction.stopsAtInterruption
}

function interruptionBy(transaction: Transaction, rule: EngineRule): WafInterruption {
  const status = rule.source.metadata.status ?? FORBIDDEN
  return {
    // A redirection elsewhere would need a place to go to: the request is refused as any other.
    status: status >= 400 ? status : FORBIDDEN,
    ruleId: String(rule.id),
    why: rule.message.read(transaction),
  }
}

const FORBIDDEN = 403
