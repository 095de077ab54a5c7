import type { ExplanationJson, ExplanationNodeJson, RuleTraceJson } from '#api'
import { printable } from './printable.ts'
import { style, type Style, styleVerdict } from './style.ts'
import { cutTo, windowWidth, wrapText } from './window.ts'

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
export function explanationText(explanation: ExplanationJson, window: number | undefined = windowWidth()): string {
  const lines: string[] = [`policy ${explanation.policyVersion}`]
  let phase = ''
  for (const rule of explanation.rules) {
    if (rule.phase !== phase) lines.push('', style('bold', rule.phase))
    phase = rule.phase
    lines.push(...ruleLines(rule, window))
  }
  if (explanation.rules.length === 0) lines.push('', 'The policy has no rules.')
  const { verdict, why } = explanation.decision
  lines.push('', `${style('bold', 'decision')} ${styleVerdict(verdict)}: ${printable(why)}`)
  if (!explanation.complete) {
    lines.push(style('yellow', 'A rule could not be decided from what was recorded, so the decision may differ.'))
  }
  return `${lines.join('\n')}\n`
}

function ruleLines(rule: RuleTraceJson, window: number | undefined): string[] {
  const action = rule.logOnly ? `${rule.action}, recorded only` : rule.action
  const state = rule.state.padEnd(13)
  const name = `${printable(rule.ruleId)} (${action})`
  const description = printable(rule.description)
  const isOneLine = 2 + state.length + 1 + name.length + 2 + description.length <= (window ?? Infinity)
  const head = `  ${style(STATE_STYLE[rule.state], state)} ${name}`
  const lines =
    description === ''
      ? [head]
      : isOneLine
        ? [`${head}  ${style('dim', description)}`]
        : [
            head,
            ...wrapText(description, roomAfter(window, TREE_INDENT)).map((line) => TREE_INDENT + style('dim', line)),
          ]
  return rule.tree === undefined ? lines : [...lines, ...treeLines(rule.tree, TREE_INDENT, window)]
}

const TREE_INDENT = '      '

function roomAfter(window: number | undefined, text: string): number | undefined {
  return window === undefined ? undefined : window - text.length
}

/**
 * A tree of sub-expressions with the value of each, every line begun by `indent`. What does not fit into the window is
 * continued below, so that the lines of the tree stay whole.
 */
export function treeLines(
  tree: ExplanationNodeJson,
  indent: string,
  window: number | undefined = windowWidth(),
): string[] {
  return [...nodeLines(tree, indent, indent, window), ...branchLines(tree.children, indent, window)]
}

function branchLines(children: readonly ExplanationNodeJson[], indent: string, window: number | undefined): string[] {
  return children.flatMap((child, i) => {
    const last = i === children.length - 1
    const below = `${indent}${last ? '   ' : '│  '}`
    return [
      ...nodeLines(child, `${indent}${last ? '└─ ' : '├─ '}`, below, window),
      ...branchLines(child.children, below, window),
    ]
  })
}

const SHOWN_CHARACTERS = 120
/** Width of a value, and what leads to the operand's value. */
const VALUE_GAP = '      '
const OPERAND_LEAD = '   = '

function nodeLines(node: ExplanationNodeJson, first: string, below: string, window: number | undefined): string[] {
  const value =
    node.value === null ? style('yellow', '?    ') : node.value ? style('green', 'true ') : style('red', 'false')
  const continued = below + (node.children.length > 0 ? '│     ' : VALUE_GAP)
  const texts = wrapText(printable(node.text), roomAfter(window, continued))
  const lines = texts.map((text, i) => (i === 0 ? `${style('dim', first)}${value} ` : style('dim', continued)) + text)
  if (node.operandValue === undefined) return lines
  const operand = shortened(JSON.stringify(node.operandValue))
  const used = continued.length + texts[texts.length - 1].length + OPERAND_LEAD.length + operand.length
  if (used <= (window ?? Infinity)) lines[lines.length - 1] += style('cyan', `${OPERAND_LEAD}${operand}`)
  else lines.push(style('dim', continued) + style('cyan', `= ${cutTo(operand, (window ?? 0) - continued.length - 2)}`))
  return lines
}

function shortened(text: string): string {
  return printable(cutTo(text, SHOWN_CHARACTERS))
}
