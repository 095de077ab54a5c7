import type { Expression, LiteralNode, Operand } from '#rules'
import type { LiteralCondition } from '../literal/condition-set.ts'
import { translateRegex } from '../regex/translate.ts'
import { VALUE_DETECTORS } from './detector-table.ts'

/**
 * What must be true of a text before a rule can match it, as one automaton and the detectors tell for all rules at once: one
 * of the literal conditions holds, or one of the detectors found something.
 */
export interface Gate {
  readonly conditions: readonly LiteralCondition[]
  /** Indexes in `VALUE_DETECTORS`. */
  readonly detectors: readonly number[]
}

/** Longer literals tell little more, and make the automaton larger. */
const LITERAL_BYTES = 6
/** Below this a literal keeps the blanks around it, or it would be found in every text. */
const TELLING_BYTES = 3

/** The gate of a rule over the text field; undefined when the rule must be asked about every text. */
export function gateOf(expression: Expression, textField: string): Gate | undefined {
  if (expression.kind !== 'Logical') return gateOfLeaf(expression, textField)
  if (expression.operator === 'xor') return undefined
  const gates = expression.operands.map((operand) => gateOf(operand, textField))
  // Of conditions that must all hold one is enough to know; the first that is written is the one its author means.
  if (expression.operator === 'and') return gates.find((gate) => gate !== undefined)
  const known = gates.filter((gate) => gate !== undefined)
  return known.length < gates.length
    ? undefined
    : {
        conditions: known.flatMap((gate) => gate.conditions),
        detectors: [...new Set(known.flatMap((gate) => gate.detectors))],
      }
}

function gateOfLeaf(leaf: Exclude<Expression, { kind: 'Logical' }>, textField: string): Gate | undefined {
  switch (leaf.kind) {
    case 'Comparison': {
      const detector = detectorOf(leaf.left)
      if (detector !== undefined && leaf.operator === 'eq') return { conditions: [], detectors: [detector] }
      if (!isText(leaf.left, textField) || leaf.right.kind !== 'Literal') return undefined
      const gate = COMPARISON_CONDITIONS[leaf.operator]?.(leaf.right)
      return gate === undefined ? undefined : { conditions: [gate], detectors: [] }
    }
    case 'Membership': {
      const detector = detectorOf(leaf.operand)
      if (detector !== undefined) return { conditions: [], detectors: [detector] }
      if (!isText(leaf.operand, textField)) return undefined
      const values = leaf.members.map((member) => (member.kind === 'Value' ? literalOf(String(member.value)) : ''))
      return values.includes('') ? undefined : { conditions: [[values]], detectors: [] }
    }
    default:
      return undefined
  }
}

const oneLiteral = (node: LiteralNode): LiteralCondition | undefined => {
  const literal = literalOf(String(node.value))
  return literal === '' ? undefined : [[literal]]
}

const COMPARISON_CONDITIONS: Readonly<Record<string, (literal: LiteralNode) => LiteralCondition | undefined>> = {
  eq: oneLiteral,
  contains: oneLiteral,
  matches: (node) => {
    const translated = translateRegex(String(node.value))
    return translated.ok ? translated.condition?.map(shortened) : undefined
  },
}

/**
 * The same clause with fewer literals: of each the longest piece without blanks, cut to length. A text that holds a literal
 * holds every piece of it, so nothing is lost; patterns that allow any blank come with one literal for each kind of blank.
 */
function shortened(clause: readonly string[]): readonly string[] {
  const pieces = new Set(clause.map(tellingPiece))
  return [...pieces].filter((piece) => ![...pieces].some((other) => other !== piece && piece.includes(other)))
}

function tellingPiece(literal: string): string {
  const longest = literal.split(/[\t-\r ]+/).reduce((best, piece) => (piece.length > best.length ? piece : best), '')
  return longest.length < TELLING_BYTES ? literal : longest.slice(0, LITERAL_BYTES)
}

function literalOf(text: string): string {
  return text.slice(0, LITERAL_BYTES).replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}

/** True for the text itself and for its lower-case form: conditions do not care for case. */
function isText(operand: Operand, textField: string): boolean {
  if (operand.kind === 'Call' && operand.name === 'lower') return isText(operand.arguments[0] as Operand, textField)
  return operand.kind === 'Field' && operand.name === textField
}

function detectorOf(operand: Operand): number | undefined {
  if (operand.kind !== 'Field') return undefined
  const index = VALUE_DETECTORS.findIndex(
    ({ name }) => operand.name === `waf.value.${name}` || operand.name === `waf.value.${name}.confidence`,
  )
  return index < 0 ? undefined : index
}
