import * as fc from 'fast-check'
import type { Field, FieldType, FieldValue, ScalarType } from '#fields'
import { fromUint128, type IpAddress } from '#wire'
import { isScalar } from './field-type.ts'
import { parseRegex } from './regex/regex.ts'

/** Random values for property tests: few enough that comparisons are often true, and with the borders that go wrong. */

const TEXTS = [
  '',
  'a',
  'A',
  'ab',
  'aB',
  'a*b',
  '/',
  '/admin',
  'GET',
  'shop.test',
  'a=1&b=2&a=3',
  'YQ',
  '%41+b',
  '{"a":[1,"x"]}',
  '\xe9',
  '\xff\x80',
  'a\nb',
  '\\',
  '"',
]
const INTEGERS = [
  0,
  1,
  -1,
  2,
  7,
  80,
  443,
  255,
  2 ** 31 - 1,
  2 ** 31,
  -(2 ** 31),
  2 ** 32,
  Number.MAX_SAFE_INTEGER,
  -Number.MAX_SAFE_INTEGER,
]
const ADDRESSES = [
  0n,
  1n,
  0xffff_0000_0000n,
  0xffff_0a00_0001n,
  0xffff_c000_0201n,
  0xffff_ffff_ffffn,
  0xfffe_ffff_ffffn,
  0x1_0000_0000_0000n,
  (0x2001_0db8n << 96n) + 1n,
  (1n << 128n) - 1n,
]

/** Keys that random maps and random indexes into them use. */
export const MAP_KEYS = ['a', 'b', 'x-a', '', 'k\xe9']

/** A byte string without NUL. */
export const arbitraryText: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...TEXTS) },
  {
    weight: 1,
    arbitrary: fc
      .array(fc.integer({ min: 1, max: 255 }), { maxLength: 6 })
      .map((bytes) => String.fromCharCode(...bytes)),
  },
  { weight: 1, arbitrary: fc.stringMatching(/^[abAB/.*]{0,5}$/) },
)

export const arbitraryInteger: fc.Arbitrary<number> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...INTEGERS) },
  { weight: 1, arbitrary: fc.integer({ min: -10, max: 10 }) },
  { weight: 1, arbitrary: fc.maxSafeInteger().map((value) => value + 0) },
)

/** IPv4, IPv6, and both sides of the borders of the block that maps IPv4. */
export const arbitraryAddress: fc.Arbitrary<IpAddress> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...ADDRESSES).map(fromUint128) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 0xffff_ffff }) },
  { weight: 1, arbitrary: fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }).map(fromUint128) },
)

/** A value of a scalar type. */
export function arbitraryScalar(type: ScalarType): fc.Arbitrary<string | number | boolean | IpAddress> {
  if (type === 'Bool') return fc.boolean()
  if (type === 'Int') return arbitraryInteger
  return type === 'String' ? arbitraryText : arbitraryAddress
}

function arbitraryOf(type: FieldType): fc.Arbitrary<FieldValue> {
  if (isScalar(type)) return arbitraryScalar(type)
  const inner = type.slice(type.indexOf('<') + 1, -1) as FieldType
  if (type.startsWith('Array<')) return fc.array(arbitraryOf(inner), { maxLength: 3 }) as fc.Arbitrary<FieldValue>
  const entry = fc.tuple(fc.constantFrom(...MAP_KEYS), arbitraryOf(inner))
  return fc.array(entry, { maxLength: 3 }).map((entries) => new Map(entries) as FieldValue)
}

/** A row: a value or nothing for each field. */
export function arbitraryRow(fields: readonly Field[]): fc.Arbitrary<ReadonlyMap<string, FieldValue>> {
  const values = fields.map((field) => fc.option(arbitraryOf(field.type), { nil: undefined, freq: 4 }))
  return fc.tuple(...values).map((row) => {
    const present = new Map<string, FieldValue>()
    for (const [i, value] of row.entries()) if (value !== undefined) present.set(fields[i].name, value)
    return present
  })
}

const ATOMS = [
  'a',
  'b',
  'A',
  '/',
  '.',
  '[a-c]',
  '[^a]',
  '[[:alpha:]_]',
  '\\d',
  '\\w',
  '\\s',
  '\\S',
  '\\xe9',
  '\\.',
  '\\b',
  '(?i:ab)',
  '(b)',
  '(?:a|b)',
  '(?<n>a|)',
]
const SUFFIXES = ['', '', '', '*', '+', '?', '*?', '{2}', '{1,3}', '{0,20}']

const arbitrarySequence = fc
  .array(fc.tuple(fc.constantFrom(...ATOMS), fc.constantFrom(...SUFFIXES)), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.map(([atom, suffix]) => atom + (atom === '\\b' ? '' : suffix)).join(''))

/** A regular expression that the language accepts. */
export const arbitraryPattern: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom('', '', '^', '(?i)', '(?s)', '(?is)^'),
    fc.array(arbitrarySequence, { minLength: 1, maxLength: 2 }),
    fc.constantFrom('', '$'),
  )
  .map(([head, branches, tail]) => head + branches.join('|') + tail)
  .filter((pattern) => parseRegex(pattern).ok)

/** A wildcard pattern that the language accepts. */
export const arbitraryWildcard: fc.Arbitrary<string> = fc
  .array(arbitraryText, { minLength: 1, maxLength: 3 })
  .map((parts) => parts.map((part) => part.replace(/[*\\]/g, '\\$&')))
  .map((parts) => parts.filter((part, i) => part !== '' || i === 0 || i === parts.length - 1).join('*'))
