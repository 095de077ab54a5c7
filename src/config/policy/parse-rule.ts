import { type Action, parseAction } from '#act'
import { isPacketPhase, type Phase, pointOfPhase, RESPONSE_PHASES, type Rule } from '#decide'
import { FIELD_BY_NAME } from '#fields'
import type { SourcePlace } from '#kernel'
import {
  checkBpf,
  checkNft,
  type Expression,
  locateRefusal,
  parseExpression,
  parseOperand,
  renderRuleError,
  type RuleError,
} from '#rules'
import { rowsBelow } from '../schema/reference-rows.ts'
import { schemaProblems } from '../schema-problems.ts'
import type { Problem } from '../source/problem.ts'
import type { YamlDocument, YamlPath } from '../source/yaml-document.ts'
import { placeInText } from './expression-place.ts'
import { RULE_SCHEMA } from './rule-schema.ts'

export interface RuleScope {
  readonly document: YamlDocument
  /** Path of the rule in the document. */
  readonly base: YamlPath
  readonly phase: Phase
  readonly lists: ReadonlyMap<string, 'IP' | 'String' | 'Int'>
  /** Lists that are faulty in themselves: what a rule says about them cannot be judged. */
  readonly faultyLists: readonly string[]
}

/** A rule with what the checks across rules and the version need to know of it. */
export interface ParsedRule {
  readonly phase: Phase
  readonly rule: Rule<Action>
  /** The action as written: plain data. */
  readonly writtenAction: unknown
  readonly scope: RuleScope
}

export type RuleResult = { readonly parsed: ParsedRule } | { readonly problems: readonly Problem[] }

/** Reads one entry of `rules:`. */
export function parseRule(written: unknown, scope: RuleScope): RuleResult {
  const { document, base, phase } = scope
  const result = RULE_SCHEMA.safeParse(written)
  if (!result.success) {
    const rows = rowsBelow(RULE_SCHEMA, 'rules[]')
    return { problems: schemaProblems(result.error.issues, { document, base, rows }) }
  }
  const { id, description, when, action: writtenAction, enabled, mode, expires } = result.data
  const expression = parseExpression(when, parseOptions(scope))
  const action = readAction(writtenAction, id, scope)
  const judged = !scope.faultyLists.some((name) => when.includes(`$${name}`))
  const problems =
    expression.ok || !judged
      ? []
      : [expressionProblem(expression.error, when, `rule ${id}: `, document, [...base, 'when'])]
  if (!action.ok) problems.push(action.problem)
  if (expression.ok && isPacketPhase(phase)) problems.push(...kernelProblems(expression.expression, when, id, scope))
  if (!expression.ok || !action.ok || problems.length > 0) return { problems }
  const rule: Rule<Action> = Object.freeze({
    id,
    description,
    when,
    expression: expression.expression,
    action: deepFreeze(action.action),
    enabled,
    mode,
    ...(expires !== undefined && { expiresMs: expires }),
    place: document.placeOf(base),
  })
  return { parsed: { phase, rule, writtenAction, scope } }
}

function parseOptions({ phase, lists }: RuleScope) {
  const isResponse = RESPONSE_PHASES.has(phase)
  const stage = isResponse ? 'response' : phase === 'firewall_managed' ? 'head' : 'request'
  return { fields: FIELD_BY_NAME, lists, point: pointOfPhase(phase), stage } as const
}

type ActionResult = { readonly ok: true; readonly action: Action } | { readonly ok: false; readonly problem: Problem }

function readAction(written: unknown, id: string, scope: RuleScope): ActionResult {
  const { document, base, phase } = scope
  let inExpression: Problem | undefined
  const result = parseAction(written, phase, (source, path) => {
    const operand = parseOperand(source, 'String', parseOptions(scope))
    if (operand.ok) return operand
    inExpression = expressionProblem(operand.error, source, `rule ${id}: `, document, [...base, 'action', ...path])
    return { ok: false, message: operand.error.message }
  })
  if (result.ok) return result
  const place: SourcePlace = document.placeOf([...base, 'action', ...result.path])
  return { ok: false, problem: inExpression ?? { place, message: `rule ${id}: ${result.message}` } }
}

/** What the kernel cannot ask about a packet, at its place in the expression. */
function* kernelProblems(expression: Expression, when: string, id: string, scope: RuleScope): Iterable<Problem> {
  const refusal = checkBpf(expression)
  // What only nftables can ask is judged when it is known what filters.
  if (refusal === undefined || checkNft(expression) === undefined) return
  const { document, base } = scope
  yield expressionProblem(locateRefusal(refusal, when), when, `rule ${id}: `, document, [...base, 'when'])
}

/** The error of an expression at its exact place in the file, with the rule and carets below. */
function expressionProblem(
  error: RuleError,
  text: string,
  prefix: string,
  document: YamlDocument,
  path: YamlPath,
): Problem {
  const [, ...rendered] = renderRuleError(error, text).split('\n')
  return {
    place: placeInText(document, path, error.line, error.column),
    message: `${prefix}${error.message}`,
    detail: rendered.join('\n'),
  }
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const entry of Object.values(value)) deepFreeze(entry)
  }
  return value
}
