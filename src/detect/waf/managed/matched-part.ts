import { childrenOf, type ComparisonNode, type Expression, type Node } from '#rules'
import type { Detection } from '../detectors/detection.ts'
import { VALUE_DETECTORS } from './detector-table.ts'
import type { InspectedValue } from './inspected-value.ts'
import { TextRegex } from './text-regex.ts'

/** Where in a text a rule matched, and what a detector called it. */
export interface MatchedPart {
  readonly offset: number
  readonly length: number
  readonly finding: string | undefined
}

type Finder = (text: string, value: InspectedValue) => MatchedPart | undefined

const FINDERS = new WeakMap<Expression, readonly Finder[]>()

/** The bytes of `text` that made the rule match: what a detector or the first pattern found, else all of it. */
export function matchedPart(
  expression: Expression,
  textField: string,
  text: string,
  value: InspectedValue,
): MatchedPart {
  let finders = FINDERS.get(expression)
  if (finders === undefined) {
    finders = findersOf(expression, textField)
    FINDERS.set(expression, finders)
  }
  for (const find of finders) {
    const part = find(text, value)
    if (part !== undefined) return part
  }
  return { offset: 0, length: text.length, finding: undefined }
}

function findersOf(node: Node, textField: string): readonly Finder[] {
  if (node.kind === 'Not') return []
  if (node.kind === 'Comparison' && node.right.kind === 'Literal' && isField(node.left, textField))
    return comparisonFinders(node)
  if (node.kind === 'Field') {
    const detector = VALUE_DETECTORS.findIndex(({ name }) => node.name.startsWith(`waf.value.${name}`))
    return detector < 0 ? [] : [(_text, value) => partOf(value.detection(detector))]
  }
  return childrenOf(node).flatMap((child) => findersOf(child, textField))
}

function comparisonFinders(node: ComparisonNode): readonly Finder[] {
  const literal = node.right.kind === 'Literal' ? String(node.right.value) : ''
  if (node.operator === 'matches') {
    const regex = new TextRegex(literal)
    return [
      (text) => {
        const found = regex.find(text)
        return found === undefined ? undefined : { ...found, finding: undefined }
      },
    ]
  }
  if (node.operator !== 'contains') return []
  return [
    (text) => {
      const offset = text.toLowerCase().indexOf(literal.toLowerCase())
      return offset < 0 ? undefined : { offset, length: literal.length, finding: undefined }
    },
  ]
}

function isField(node: Node, name: string): boolean {
  if (node.kind === 'Call') return node.arguments.some((argument) => isField(argument, name))
  return node.kind === 'Field' && node.name === name
}

function partOf(detection: Detection | undefined): MatchedPart | undefined {
  return detection === undefined
    ? undefined
    : { offset: detection.offset, length: detection.length, finding: detection.finding }
}
