import * as fc from 'fast-check'
import type { Field, FieldType, ScalarType } from '#fields'
import { fromUint128 } from '#wire'
import { arbitraryCall } from './arbitrary-call.ts'
import {
  arbitraryAddress,
  arbitraryInteger,
  arbitraryPattern,
  arbitraryScalar,
  arbitraryText,
  arbitraryWildcard,
  MAP_KEYS,
} from './arbitrary-value.ts'
import type {
  ComparisonOperator,
  EachNode,
  Expression,
  FieldNode,
  LiteralNode,
  Member,
  Operand,
  Span,
} from './expression.ts'
import { elementType, indexedType, isScalar } from './field-type.ts'

const SPAN: Span = { start: 0, end: 0 }

/** What random expressions may be made of. */
export interface ArbitraryOptions {
  readonly lists?: readonly { readonly name: string; readonly type: 'IP' | 'String' | 'Int' }[]
  /** Functions that are not called. */
  readonly without?: ReadonlySet<string>
  /** How deep conditions nest, from 0; 3 unless given. */
  readonly depth?: number
}

/** Random well-typed expressions over the given fields, as the parser would build them, with empty spans. */
export function arbitraryExpression(
  fields: readonly Field[],
  options: ArbitraryOptions = {},
): fc.Arbitrary<Expression> {
  return new Maker(fields, options).condition(options.depth ?? 3)
}

const TYPES: readonly ScalarType[] = ['Bool', 'Int', 'String', 'IP']
const EQUALITY: readonly ComparisonOperator[] = ['eq', 'ne']
const ORDER: readonly ComparisonOperator[] = ['lt', 'le', 'gt', 'ge']
const OPERATORS: Readonly<Record<ScalarType, readonly ComparisonOperator[]>> = {
  Bool: EQUALITY,
  Int: [...EQUALITY, ...ORDER, 'bit_test'],
  String: [...EQUALITY, ...ORDER, 'contains', 'matches', 'wildcard', 'strict_wildcard'],
  IP: [...EQUALITY, ...ORDER],
}

type Part = fc.Arbitrary<Operand> | undefined

/** Makes arbitraries; `each` is the iterating operand that may stand in for a value inside `any` or `all`. */
class Maker {
  readonly #fields: readonly Field[]
  readonly #options: ArbitraryOptions
  /** Made once: building an arbitrary costs much more than drawing from it. */
  readonly #operands = new Map<string, Part>()

  constructor(fields: readonly Field[], options: ArbitraryOptions) {
    this.#fields = fields
    this.#options = options
  }

  condition(depth: number, each?: EachNode): fc.Arbitrary<Expression> {
    const leaf = this.#leaf(each)
    if (depth === 0) return leaf
    const inner = this.condition(depth - 1, each)
    const quantifier = each === undefined ? this.#quantifier() : undefined
    return fc.oneof(
      { weight: 4, arbitrary: leaf },
      { weight: 1, arbitrary: inner.map((operand): Expression => ({ kind: 'Not', operand, span: SPAN })) },
      { weight: 2, arbitrary: this.#logical(inner) },
      ...(quantifier === undefined ? [] : [{ weight: 2, arbitrary: quantifier }]),
    )
  }

  #logical(inner: fc.Arbitrary<Expression>): fc.Arbitrary<Expression> {
    const operators = fc.constantFrom('and' as const, 'or' as const, 'xor' as const)
    return fc
      .tuple(operators, fc.array(inner, { minLength: 2, maxLength: 3 }))
      .map(([operator, operands]): Expression => ({ kind: 'Logical', operator, operands, span: SPAN }))
  }

  /** `any(...)` or `all(...)` over an array that the fields or a function give. */
  #quantifier(): fc.Arbitrary<Expression> | undefined {
    const bases = this.#arrays()
    const choices = TYPES.flatMap((type) => {
      const ofType = bases.filter((base) => base.element === type).map((base) => base.arbitrary)
      return ofType.length === 0
        ? []
        : [fc.tuple(fc.constantFrom('any', 'all'), fc.oneof(...ofType), this.#quantified(type))]
    })
    if (choices.length === 0) return undefined
    return fc.oneof(...choices).map(([name, base, condition]): Expression => {
      const operand: Operand = { kind: 'Call', name, arguments: [withBase(condition, base)], type: 'Bool', span: SPAN }
      return { kind: 'Truth', operand, span: SPAN }
    })
  }

  /** A condition over elements of a type; what joins conditions need not iterate everywhere, but somewhere. */
  #quantified(type: ScalarType): fc.Arbitrary<Expression> {
    const each: EachNode = { kind: 'Each', operand: NO_BASE, type, span: SPAN }
    const leaf = this.#leaf(each)
    const mixed = fc.tuple(
      fc.constantFrom('and' as const, 'or' as const),
      leaf,
      fc.oneof(this.condition(1, each), this.#leaf()),
    )
    return fc.oneof(
      leaf,
      leaf.map((operand): Expression => ({ kind: 'Not', operand, span: SPAN })),
      mixed.map(([operator, first, second]): Expression => ({
        kind: 'Logical',
        operator,
        operands: [first, second],
        span: SPAN,
      })),
    )
  }

  #arrays(): { readonly element: ScalarType; readonly arbitrary: fc.Arbitrary<Operand> }[] {
    const found: { element: ScalarType; arbitrary: fc.Arbitrary<Operand> }[] = []
    for (const field of this.#fields) {
      const element = elementType(field.type)
      if (element === undefined) continue
      const node = fieldNode(field)
      found.push({ element, arbitrary: fc.constant(node) })
      if (field.type.startsWith('Map<Array<')) found.push({ element, arbitrary: this.#entry(node) })
    }
    if (this.#options.without?.has('split') === true) return found
    const splits = arbitraryCall('split', (type) => (isScalar(type) ? this.operand(type, 0) : undefined))
    if (splits !== undefined) found.push({ element: 'String', arbitrary: splits })
    return found
  }

  #leaf(each?: EachNode): fc.Arbitrary<Expression> {
    const types: readonly ScalarType[] =
      each === undefined ? TYPES : [each.type, ...(each.type === 'String' ? (['Int', 'Bool'] as const) : [])]
    const leaves = types.flatMap((type) => {
      const left = each === undefined ? this.operand(type, 2) : this.#iterating(type, each)
      return left === undefined ? [] : [this.#about(type, left, each)]
    })
    return fc.oneof(...leaves)
  }

  /** An operand that iterates: `[*]` itself, or a function of it. */
  #iterating(type: ScalarType, each: EachNode): Part {
    const node = fc.constant<Operand>(each)
    const isOwn = type === each.type
    if (each.type !== 'String') return isOwn ? node : undefined
    const names = isOwn ? ['lower', 'substring', 'url_decode'] : type === 'Int' ? ['len'] : ['starts_with']
    const calls = names
      .filter((name) => this.#options.without?.has(name) !== true)
      .map((name) => arbitraryCall(name, (wanted) => (wanted === each.type ? node : undefined)))
      .filter((call) => call !== undefined)
    const all = isOwn ? [node, ...calls] : calls
    return all.length === 0 ? undefined : fc.oneof(...all)
  }

  #about(type: ScalarType, left: fc.Arbitrary<Operand>, each?: EachNode): fc.Arbitrary<Expression> {
    const choices: fc.Arbitrary<Expression>[] = [this.#comparison(type, left, each)]
    if (type === 'Bool')
      return fc.oneof(
        choices[0],
        left.map((operand): Expression => ({ kind: 'Truth', operand, span: SPAN })),
      )
    choices.push(
      fc
        .tuple(left, fc.array(arbitraryMember(type), { minLength: 1, maxLength: 6 }))
        .map(([operand, members]): Expression => ({ kind: 'Membership', operand, members, span: SPAN })),
    )
    const lists = (this.#options.lists ?? []).filter((list) => list.type === type)
    if (lists.length > 0) {
      choices.push(
        fc
          .tuple(left, fc.constantFrom(...lists))
          .map(([operand, list]): Expression => ({ kind: 'ListMembership', operand, list: list.name, span: SPAN })),
      )
    }
    return fc.oneof(
      { weight: 3, arbitrary: choices[0] },
      ...choices.slice(1).map((arbitrary) => ({ weight: 1, arbitrary })),
    )
  }

  #comparison(type: ScalarType, left: fc.Arbitrary<Operand>, each?: EachNode): fc.Arbitrary<Expression> {
    const choices = OPERATORS[type].map((operator) =>
      fc.tuple(fc.constant(operator), left, this.#right(operator, type, each)),
    )
    return fc.oneof(...choices).map(([operator, leftNode, right]): Expression => {
      return { kind: 'Comparison', operator, left: leftNode, right, span: SPAN }
    })
  }

  #right(operator: ComparisonOperator, type: ScalarType, each?: EachNode): fc.Arbitrary<Operand> {
    if (operator === 'matches') return arbitraryPattern.map((value) => literalNode('String', value))
    if (operator === 'wildcard' || operator === 'strict_wildcard')
      return arbitraryWildcard.map((value) => literalNode('String', value))
    const literal = arbitraryScalar(type).map((value): Operand => literalNode(type, value))
    const other = each === undefined ? this.operand(type, 1) : undefined
    return other === undefined ? literal : fc.oneof({ weight: 4, arbitrary: literal }, { weight: 1, arbitrary: other })
  }

  /** An operand of a type that is not a literal. */
  operand(type: ScalarType, depth: number): Part {
    const key = `${type} ${depth}`
    if (!this.#operands.has(key)) this.#operands.set(key, this.#newOperand(type, depth))
    return this.#operands.get(key)
  }

  #newOperand(type: ScalarType, depth: number): Part {
    const choices: { weight: number; arbitrary: fc.Arbitrary<Operand> }[] = []
    for (const field of this.#fields) {
      const node = fieldNode(field)
      if (field.type === type) choices.push({ weight: 3, arbitrary: fc.constant(node) })
      else if (field.type === `Array<${type}>`) choices.push({ weight: 1, arbitrary: element(fc.constant(node)) })
      else if (field.type === `Map<${type}>`) choices.push({ weight: 1, arbitrary: this.#entry(node) })
      else if (field.type === `Map<Array<${type}>>`) choices.push({ weight: 1, arbitrary: element(this.#entry(node)) })
    }
    if (depth > 0) {
      const argument = (wanted: FieldType): Part =>
        isScalar(wanted) ? this.operand(wanted, depth - 1) : this.#whole(wanted)
      const call = arbitraryCall(type, argument, this.#options.without)
      if (call !== undefined) choices.push({ weight: choices.length + 1, arbitrary: call })
    }
    return choices.length === 0 ? undefined : fc.oneof(...choices)
  }

  #whole(type: FieldType): Part {
    const nodes = this.#fields.filter((field) => field.type === type).map(fieldNode)
    return nodes.length === 0 ? undefined : fc.constantFrom(...nodes)
  }

  #entry(node: FieldNode): fc.Arbitrary<Operand> {
    const type = indexedType(node.type, 'key') ?? node.type
    return fc
      .constantFrom(...MAP_KEYS)
      .map((index): Operand => ({ kind: 'Index', operand: node, index, type, span: SPAN }))
  }
}

/** Stands below `[*]` until the array to iterate over is drawn. */
const NO_BASE: Operand = { kind: 'Literal', type: 'Bool', value: false, span: SPAN }

/** The tree with `base` below every `[*]`. */
function withBase<Part>(part: Part, base: Operand): Part {
  if (part === NO_BASE) return base as Part
  if (Array.isArray(part)) return part.map((each: unknown) => withBase(each, base)) as Part
  if (typeof part !== 'object' || part === null) return part
  return Object.fromEntries(
    Object.entries(part).map(([key, each]: [string, unknown]) => [key, withBase(each, base)]),
  ) as Part
}

function fieldNode(field: Field): FieldNode {
  return { kind: 'Field', name: field.name, type: field.type, span: SPAN }
}

function literalNode(type: ScalarType, value: LiteralNode['value']): LiteralNode {
  return { kind: 'Literal', type, value, span: SPAN }
}

function element(array: fc.Arbitrary<Operand>): fc.Arbitrary<Operand> {
  return fc.tuple(array, fc.integer({ min: 0, max: 2 })).map(([operand, index]): Operand => {
    const type = indexedType(operand.type, 'position') ?? operand.type
    return { kind: 'Index', operand, index, type, span: SPAN }
  })
}

function arbitraryMember(type: 'Int' | 'String' | 'IP'): fc.Arbitrary<Member> {
  if (type === 'String') return arbitraryText.map((value): Member => ({ kind: 'Value', value, span: SPAN }))
  if (type === 'IP')
    return fc.oneof(
      arbitraryAddress.map((value): Member => ({ kind: 'Value', value, span: SPAN })),
      arbitraryNetwork,
      arbitraryIpRange,
    )
  const range = fc.tuple(arbitraryInteger, arbitraryInteger).map(([a, b]): Member => {
    return { kind: 'IntRange', first: Math.min(a, b), last: Math.max(a, b), span: SPAN }
  })
  return fc.oneof(
    arbitraryInteger.map((value): Member => ({ kind: 'Value', value, span: SPAN })),
    range,
  )
}

const arbitraryNetwork: fc.Arbitrary<Member> = fc
  .tuple(arbitraryAddress, fc.nat(128))
  .map(([address, bits]): Member => {
    if (typeof address === 'number') {
      const size = 2 ** (bits % 33)
      const first = address - (address % size)
      return { kind: 'IpRange', range: { first, last: first + size - 1 }, span: SPAN }
    }
    const mask = (1n << BigInt(bits)) - 1n
    const first = fromUint128(address & ~mask)
    // A prefix that starts with the mapped block is one of IPv4, unless it is wider: then it is not written like this.
    if (typeof first === 'number') return { kind: 'Value', value: first, span: SPAN }
    return { kind: 'IpRange', range: { first, last: first | mask }, span: SPAN }
  })

const arbitraryIpRange: fc.Arbitrary<Member> = fc.tuple(arbitraryAddress, arbitraryAddress).map(([a, b]): Member => {
  if (typeof a !== typeof b) return { kind: 'Value', value: a, span: SPAN }
  const [first, last] = a < b ? [a, b] : [b, a]
  return { kind: 'IpRange', range: { first, last }, span: SPAN }
})
