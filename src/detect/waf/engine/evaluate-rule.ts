import type { EngineLink, EngineRule } from './engine-rule.ts'
import type { LinkMatch } from './match-log.ts'
import { SecCount, SecValue } from './sec-value.ts'
import { type CountTarget, means, meansName, selects, type TargetGroup, type Targets } from './targets.ts'
import type { Transaction } from './transaction.ts'
import type { TransformationChain } from './transformation-chain.ts'
import { TX } from './variable-table.ts'

/**
 * Evaluates a rule with its chain: the first link for each of its values, each later link once after the one before it matched
 * any. True when all links matched.
 * @param candidates the values of the first link that can match at all; undefined when that is not known
 */
export function evaluateRule(
  transaction: Transaction,
  rule: EngineRule,
  candidates: readonly SecValue[] | undefined,
): boolean {
  transaction.rule = rule
  const { links } = rule
  if (!evaluateFirst(transaction, rule, links[0], candidates)) return false
  for (let at = 1; at < links.length; at++) if (!evaluateLink(transaction, rule, links[at])) return false
  return true
}

function evaluateFirst(
  transaction: Transaction,
  rule: EngineRule,
  link: EngineLink,
  candidates: readonly SecValue[] | undefined,
): boolean {
  transaction.linkMatches.length = 0
  transaction.matchedInChain.length = 0
  if (candidates === undefined) return evaluateLink(transaction, rule, link)
  let matched = false
  for (let at = 0; at < candidates.length; at++) if (tryValue(transaction, rule, link, candidates[at])) matched = true
  return matched
}

function evaluateLink(transaction: Transaction, rule: EngineRule, link: EngineLink): boolean {
  const { targets } = link
  if (targets === undefined) {
    accept(transaction, link, undefined, '', link.chain)
    return true
  }
  let matched = false
  for (let at = 0; at < targets.groups.length; at++) {
    if (evaluateGroup(transaction, rule, link, targets.groups[at])) matched = true
  }
  for (let at = 0; at < targets.counts.length; at++) {
    if (tryValue(transaction, rule, link, countValue(transaction, rule, targets.counts[at]))) matched = true
  }
  return matched
}

function evaluateGroup(transaction: Transaction, rule: EngineRule, link: EngineLink, group: TargetGroup): boolean {
  if (group.home === TX) return evaluateTx(transaction, rule, link, group)
  const list = transaction.listOf(group.home)
  let matched = false
  for (let at = 0; at < list.length; at++) {
    if (selects(group, list[at]) && tryValue(transaction, rule, link, list[at])) matched = true
  }
  return matched
}

function evaluateTx(transaction: Transaction, rule: EngineRule, link: EngineLink, group: TargetGroup): boolean {
  let matched = false
  // The effects of a match may add variables: what is looked at is what was there before.
  for (const value of txValues(transaction, group.slots, group)) {
    if (tryValue(transaction, rule, link, value)) matched = true
  }
  return matched
}

function txValues({ tx }: Transaction, slots: readonly number[], group: TargetGroup): SecValue[] {
  const values: SecValue[] = []
  tx.each(
    slots,
    (name) => group.include.some((selector) => meansName(selector, name)),
    (name, value) => values.push(new SecValue(TX, TX, name, String(value))),
  )
  if (group.exclude.length === 0) return values
  return values.filter((value) => !group.exclude.some((selector) => means(selector, value)))
}

function countValue(transaction: Transaction, rule: EngineRule, count: CountTarget): SecValue {
  const { variable, key } = count.selector
  return new SecCount(variable, key ?? '', String(countOf(transaction, rule, count)))
}

function countOf(transaction: Transaction, rule: EngineRule, { home, selector, exclude, slots }: CountTarget): number {
  let count = 0
  if (home === TX) {
    transaction.tx.each(
      slots,
      (name) => meansName(selector, name),
      () => count++,
    )
    return count
  }
  for (const value of transaction.listOf(home)) {
    if (value.offset > 0 || !means(selector, value)) continue
    if (exclude.some((other) => means(other, value))) continue
    if (transaction.removals?.hidesValue(rule, value) === true) continue
    count++
  }
  return count
}

/** Whether a value satisfies the first link of a rule, without any of its effects. */
export function beginsToMatch(
  transaction: Transaction,
  rule: EngineRule,
  candidates: readonly SecValue[] | undefined,
): boolean {
  const [link] = rule.links
  if (link.targets === undefined) return true
  const values = candidates ?? valuesOf(transaction, rule, link.targets)
  return values.some((value) => passes(transaction, link, value))
}

/** False when the first link of a rule does not match a value, for reasons that lie in the value alone. */
export function satisfies(transaction: Transaction, rule: EngineRule, value: SecValue): boolean {
  const [link] = rule.links
  return !link.operator.isConstant || passes(transaction, link, value)
}

/** Whether a value satisfies the operator of a link in any stage, without effects. */
function passes(transaction: Transaction, link: EngineLink, value: SecValue): boolean {
  const stages = link.stages ?? [link.chain]
  const passed = stages.some((stage) => link.operator.test(value.variant(stage), transaction))
  transaction.groups = undefined
  return passed
}

function valuesOf(transaction: Transaction, rule: EngineRule, { groups, counts }: Targets): SecValue[] {
  const listed = groups.flatMap((group) =>
    group.home === TX
      ? txValues(transaction, group.slots, group)
      : transaction.listOf(group.home).filter((value) => selects(group, value)),
  )
  return [...listed, ...counts.map((count) => countValue(transaction, rule, count))]
}

/** Tests one value, in every stage when the rule asks for it; a match is taken in with all its effects. */
function tryValue(transaction: Transaction, rule: EngineRule, link: EngineLink, value: SecValue): boolean {
  if (link.stages !== undefined) return tryStages(transaction, rule, link, link.stages, value)
  const text = value.variant(link.chain)
  if (!link.operator.test(text, transaction)) return false
  if (isHidden(transaction, rule, value)) return false
  accept(transaction, link, value, text, link.chain)
  return true
}

function tryStages(
  transaction: Transaction,
  rule: EngineRule,
  link: EngineLink,
  stages: readonly TransformationChain[],
  value: SecValue,
): boolean {
  let before: string | undefined = undefined
  for (const stage of stages) {
    const text = value.variant(stage)
    if (text === before) continue
    before = text
    if (!link.operator.test(text, transaction)) continue
    if (isHidden(transaction, rule, value)) return false
    accept(transaction, link, value, text, stage)
    return true
  }
  return false
}

function isHidden(transaction: Transaction, rule: EngineRule, value: SecValue): boolean {
  const { removals, exceptions } = transaction
  if (removals !== undefined && removals.hidesValue(rule, value)) return true
  return exceptions !== undefined && rule.logs && exceptions.hidesValue(rule, value)
}

function accept(
  transaction: Transaction,
  link: EngineLink,
  value: SecValue | undefined,
  text: string,
  chain: TransformationChain,
): void {
  const match: LinkMatch = { link, value, text, chain, levelScore: 0, totalScore: 0 }
  transaction.linkMatches.push(match)
  if (value !== undefined) {
    const matched = text === value.text ? value : new SecValue(value.variable, value.part, value.name, text)
    transaction.matched = matched
    transaction.matchedInChain.push(matched)
  }
  if (link.capture && transaction.groups !== undefined) transaction.tx.capture(transaction.groups)
  transaction.groups = undefined
  const { effects } = link
  for (let at = 0; at < effects.length; at++) effects[at](transaction)
}
