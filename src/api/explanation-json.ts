import type { PolicyTrace } from '#decide'
import type { ExplainNode } from '#rules'
import { valueJson } from './event-json.ts'
import type { ExplanationJson, ExplanationNodeJson } from './schema/explanation.ts'

/** A trace as the API and the command line show it. */
export function explanationJson(trace: PolicyTrace): ExplanationJson {
  return {
    policyVersion: trace.policyVersion,
    rules: trace.rules.map(({ tree, ...rule }) => ({
      ...rule,
      ...(tree === undefined ? {} : { tree: explanationNodeJson(tree) }),
    })),
    decision: { ...trace.decision, matches: [...trace.decision.matches] },
    complete: trace.complete,
  }
}

/** One expression with the values of its parts. */
export function explanationNodeJson(node: ExplainNode): ExplanationNodeJson {
  const { operandValue } = node
  return {
    text: node.text,
    value: node.value ?? null,
    ...(operandValue === undefined ? {} : { operandValue: valueJson(operandValue, node.operandType ?? 'String') }),
    children: node.children.map(explanationNodeJson),
  }
}
