import type { FieldType, FieldValue } from '#fields'
import { compileOperand } from './compile/compile.ts'
import type { CompileEnvironment } from './compile/environment.ts'
import type { CallNode, Expression, Operand } from './expression.ts'
import { indexedType } from './field-type.ts'
import { isExpression, isQuantifier, iterationBase, type Node } from './tree.ts'

/** How many elements of an array are explained one by one. */
const SHOWN_ELEMENTS = 16

/**
 * For `any(...)` and `all(...)`: the value that is iterated over, and the condition for each of its first elements, with the
 * element's index in place of `[*]`. Undefined for any other operand.
 */
export function elementConditions<Context>(
  operand: Operand,
  environment: CompileEnvironment<Context>,
  context: Context,
): { readonly elements: FieldValue | undefined; readonly conditions: readonly Expression[] } | undefined {
  if (!isQuantifier(operand)) return undefined
  const [condition] = (operand as CallNode).arguments
  const base = iterationBase(condition)
  if (base === undefined || !isExpression(condition)) return undefined
  const elements = compileOperand(base, environment)(context)
  const places = placesOf(base, elements).slice(0, SHOWN_ELEMENTS)
  return { elements, conditions: places.map((place) => substitute(condition, place) as Expression) }
}

/** Each element as an operand: `base[0]`, `base["key"]`, `base["key"][0]`. */
function placesOf(base: Operand, value: FieldValue | undefined): readonly Operand[] {
  if (Array.isArray(value)) return value.slice(0, SHOWN_ELEMENTS).map((_, i) => indexed(base, i))
  if (!(value instanceof Map)) return []
  const places: Operand[] = []
  for (const [key, entry] of value as ReadonlyMap<string, FieldValue>) {
    if (places.length >= SHOWN_ELEMENTS) break
    const place = indexed(base, key)
    places.push(...(Array.isArray(entry) ? placesOf(place, entry) : [place]))
  }
  return places
}

function indexed(operand: Operand, index: string | number): Operand {
  const type: FieldType = indexedType(operand.type, typeof index === 'number' ? 'position' : 'key') ?? operand.type
  return { kind: 'Index', operand, index, type, span: operand.span }
}

/** The node with `place` for every `[*]` that belongs to it. */
function substitute(node: Node, place: Operand): Node {
  switch (node.kind) {
    case 'Each':
      return place
    case 'Logical':
      return { ...node, operands: node.operands.map((operand) => substitute(operand, place) as Expression) }
    case 'Not':
      return { ...node, operand: substitute(node.operand, place) as Expression }
    case 'Comparison':
      return { ...node, left: substitute(node.left, place) as Operand, right: substitute(node.right, place) as Operand }
    case 'Membership':
    case 'ListMembership':
    case 'Truth':
    case 'Index':
      return { ...node, operand: substitute(node.operand, place) as Operand }
    case 'Call':
      return isQuantifier(node)
        ? node
        : { ...node, arguments: node.arguments.map((argument) => substitute(argument, place)) }
    case 'Field':
    case 'Literal':
      return node
  }
}
