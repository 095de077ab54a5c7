import type { Expression } from '../expression.ts'
import type { TargetRefusal } from './refusal.ts'

/**
 * A rule in two parts whose conjunction it is: what the kernel asks of every packet, and what user space then asks of the
 * few that are left.
 */
export interface SplitRule {
  readonly kernel: Expression
  readonly userSpace: Expression
  /** Why user space must ask the rest. */
  readonly refusals: readonly TargetRefusal[]
}

/**
 * Splits a rule that a target refuses into its conjuncts, by `check` of that target; undefined when the target takes all of
 * it, or none.
 */
export function splitForKernel(
  expression: Expression,
  check: (expression: Expression) => TargetRefusal | undefined,
): SplitRule | undefined {
  const judged = conjunctsOf(expression).map((conjunct) => ({ conjunct, refusal: check(conjunct) }))
  const taken = judged.filter(({ refusal }) => refusal === undefined).map(({ conjunct }) => conjunct)
  const left = judged.filter(({ refusal }) => refusal !== undefined).map(({ conjunct }) => conjunct)
  if (taken.length === 0 || left.length === 0) return undefined
  return {
    kernel: conjunction(taken),
    userSpace: conjunction(left),
    refusals: judged.flatMap(({ refusal }) => (refusal === undefined ? [] : [refusal])),
  }
}

function conjunctsOf(node: Expression): Expression[] {
  return node.kind === 'Logical' && node.operator === 'and' ? node.operands.flatMap(conjunctsOf) : [node]
}

function conjunction(operands: readonly Expression[]): Expression {
  if (operands.length === 1) return operands[0]
  const span = { start: operands[0].span.start, end: operands[operands.length - 1].span.end }
  return { kind: 'Logical', operator: 'and', operands, span }
}
