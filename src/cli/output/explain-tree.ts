import type { ExplanationJson, ExplanationNodeJson, RuleTraceJson } from '#api'
import { printable } from './printable.ts'
import { style, type Style, styleVerdict } from './style.ts'

type RuleState = RuleTraceJson['state']

const STATE_STYLE: Readonly<Record<RuleState, Style>> = {
  matched: 'green',
  'not-matched': 'dim',
  'not-decidable': 'yellow',
  skipped: 'dim',
  disabled: 'dim',
  expired: 'dim',
  'not-reached': 'dim',
}

/** Every rule with its tree, phase by phase, then the decision. */
export function explanationText(explanation: ExplanationJson): string {
  const lines: string[] = [`policy ${explanation.policyVersion}`]
  let phase = ''
  for (const rule of explanation.rules) {
    if (rule.phase !== phase) lines.push('', style('bold', rule.phase))
    phase = rule.phase
    lines.push(...ruleLines(rule))
  }
  if (explanation.rules.length === 0) lines.push('', 'The policy has no rules.')
  const { verdict, why } = explanation.decision
  lines.push('', `${style('bold', 'decision')} ${styleVerdict(verdict)}: ${printable(why)}`)
  if (!explanation.complete) {
    lines.push(style('yellow', 'A rule could not be decided from what was recorded, so the decision may differ.'))
  }
  return `${lines.join('\n')}\n`
}

function ruleLines(rule: RuleTraceJson): string[] {
  const action = rule.logOnly ? `${rule.action}, recorded only` : rule.action
  const note = rule.description === '' ? '' : style('dim', `  ${printable(rule.description)}`)
  const head = `  ${style(STATE_STYLE[rule.state], rule.state.padEnd(13))} ${printable(rule.ruleId)} (${action})${note}`
  return rule.tree === undefined ? [head] : [head, ...treeLines(rule.tree, '      ')]
}

/** A tree of sub-expressions with the value of each, every line begun by `indent`. */
export function treeLines(tree: ExplanationNodeJson, indent: string): string[] {
  return [`${indent}${nodeText(tree)}`, ...branchLines(tree.children, indent)]
}

function branchLines(children: readonly ExplanationNodeJson[], indent: string): string[] {
  return children.flatMap((child, i) => {
    const last = i === children.length - 1
    return [
      `${indent}${style('dim', last ? '└─ ' : '├─ ')}${nodeText(child)}`,
      ...branchLines(child.children, `${indent}${style('dim', last ? '   ' : '│  ')}`),
    ]
  })
}

const SHOWN_CHARACTERS = 120

function nodeText(node: ExplanationNodeJson): string {
  const value =
    node.value === null ? style('yellow', '?    ') : node.value ? style('green', 'true ') : style('red', 'false')
  const operand =
    node.operandValue === undefined ? '' : style('cyan', `   = ${shortened(JSON.stringify(node.operandValue))}`)
  return `${value} ${printable(node.text)}${operand}`
}

function shortened(text: string): string {
  return printable(text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text)
}
