import * as fc from 'fast-check'
import type { FieldType, ScalarType } from '#fields'
import { arbitraryPattern, arbitraryScalar, arbitraryText, arbitraryWildcard } from './arbitrary-value.ts'
import type { Operand, Span } from './expression.ts'
import { isScalar } from './field-type.ts'
import type { FunctionDefinition, FunctionParameter } from './functions/function.ts'
import { FUNCTIONS } from './functions/index.ts'

const SPAN: Span = { start: 0, end: 0 }

type ArgumentSource = (type: FieldType) => fc.Arbitrary<Operand> | undefined

const bits = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max })

/** Values for parameters that only take certain literals, by function and parameter. */
const LITERALS: Readonly<Record<string, fc.Arbitrary<string | number>>> = {
  'bit_slice.offset_start': bits(0, 8),
  'bit_slice.offset_end': bits(9, 24),
  'cidr.ipv4_network_bits': bits(1, 32),
  'cidr.ipv6_network_bits': bits(1, 128),
  'cidr6.ipv6_network_bits': bits(1, 128),
  'encode_base64.flags': fc.constantFrom('', 'u', 'p', 'up'),
  'is_timed_hmac_valid.ttl': bits(0, 1_000),
  'is_timed_hmac_valid.separator_length': bits(0, 8),
  'is_timed_hmac_valid.flags': fc.constantFrom('', 's'),
  'regex_replace.regular_expression': arbitraryPattern,
  'regex_replace.replacement': fc.constantFrom('', 'x', '${1}', '[${1}${2}]', '$$', '\\1$'),
  'split.separator': fc.constantFrom(',', '&', 'a', '\xe9', '/.'),
  'split.limit': bits(1, 4),
  'url_decode.options': fc.constantFrom('', 'r', 'u', 'ru'),
  'wildcard_replace.wildcard_pattern': arbitraryWildcard,
  'wildcard_replace.replacement': fc.constantFrom('', 'x', '${1}', '${2}-${1}', '$$'),
  'wildcard_replace.flags': fc.constantFrom('', 's'),
}

const NAMES_OF_ONE_CALL = [...FUNCTIONS.keys()].filter((name) => name !== 'is_timed_hmac_valid_v0')

/**
 * A call of the function with this name, or of any function with this result type; arguments come from `source`.
 * Undefined when no call can be made.
 */
export function arbitraryCall(
  nameOrType: string,
  source: ArgumentSource,
  without: ReadonlySet<string> = new Set(),
): fc.Arbitrary<Operand> | undefined {
  const named = FUNCTIONS.get(nameOrType)
  if (named !== undefined) return oneCall(named, source)
  const calls = NAMES_OF_ONE_CALL.flatMap((name) => {
    const definition = FUNCTIONS.get(name)
    if (definition === undefined || without.has(name) || name === 'any' || name === 'all') return []
    const call = resultOf(definition, ['String']) === nameOrType ? oneCall(definition, source) : undefined
    return call === undefined ? [] : [call]
  })
  return calls.length === 0 ? undefined : fc.oneof(...calls)
}

function resultOf(definition: FunctionDefinition, types: readonly FieldType[]): FieldType {
  return typeof definition.result === 'function' ? definition.result(types) : definition.result
}

function oneCall(definition: FunctionDefinition, source: ArgumentSource): fc.Arbitrary<Operand> | undefined {
  const required = definition.parameters.filter((parameter) => parameter.optional !== true)
  const optional = definition.parameters.filter((parameter) => parameter.optional === true)
  const first = required.map((parameter, i) => oneArgument(definition, parameter, source, i))
  if (first.some((argument) => argument === undefined)) return undefined
  const rest = optional.map(
    (parameter) => oneArgument(definition, parameter, () => undefined, 1) ?? fc.constant(undefined),
  )
  const last = definition.parameters.at(-1)
  const repeated = last?.variadic === true ? oneArgument(definition, last, source, 1) : undefined
  const parts = fc.tuple(
    fc.tuple(...(first as fc.Arbitrary<Operand>[])),
    fc.tuple(...rest),
    fc.nat(optional.length),
    repeated === undefined ? fc.constant([]) : fc.array(repeated, { maxLength: 2 }),
  )
  return parts.map(([given, options, count, more]): Operand => {
    const taken = options.slice(0, count).filter((argument) => argument !== undefined)
    const operands = [...given, ...taken, ...more]
    const type = resultOf(
      definition,
      operands.map((operand) => operand.type),
    )
    return { kind: 'Call', name: definition.name, arguments: operands, type, span: SPAN }
  })
}

/** The first argument is read from a field; the others are mostly literals, as in real rules. */
function oneArgument(
  definition: FunctionDefinition,
  parameter: FunctionParameter,
  source: ArgumentSource,
  position: number,
): fc.Arbitrary<Operand> | undefined {
  const special = LITERALS[`${definition.name}.${parameter.name}`]
  if (special !== undefined) return special.map((value) => literal(typeof value === 'number' ? 'Int' : 'String', value))
  const types = parameter.sameType === true ? (['String'] as const) : parameter.types
  const literals = types.filter(isScalar).map((type) => argumentText(type).map((value) => literal(type, value)))
  if (parameter.literal === true) return fc.oneof(...literals)
  const operands = types.map(source).filter((operand) => operand !== undefined)
  if (position === 0)
    return operands.length === 0 ? undefined : fc.oneof(...operands.filter((operand) => operand !== undefined))
  return fc.oneof(
    ...literals.map((arbitrary) => ({ weight: 3, arbitrary })),
    ...operands.map((arbitrary) => ({ weight: 1, arbitrary })),
  )
}

/** Positions and lengths are small, so that they hit. */
function argumentText(type: ScalarType): fc.Arbitrary<string | number | boolean | bigint> {
  if (type === 'Int') return fc.integer({ min: -4, max: 4 })
  return type === 'String' ? arbitraryText : arbitraryScalar(type)
}

function literal(type: ScalarType, value: string | number | boolean | bigint): Operand {
  return { kind: 'Literal', type, value, span: SPAN }
}
