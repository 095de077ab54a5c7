import type { Field, FieldType, FieldValue, ScalarType, ScalarValue } from '#fields'
import { type IpAddress, parseIp } from '#wire'
import type { Random } from './random.ts'

/** Fields of every type; two of the scalars, so that fields are compared with each other. */
export const FIELDS: readonly Field[] = (
  [
    ['t.bool', 'Bool'],
    ['t.bool2', 'Bool'],
    ['t.int', 'Int'],
    ['t.int2', 'Int'],
    ['t.string', 'String'],
    ['t.string2', 'String'],
    ['t.path', 'String'],
    ['t.ip', 'IP'],
    ['t.ip2', 'IP'],
    ['t.bools', 'Array<Bool>'],
    ['t.ints', 'Array<Int>'],
    ['t.strings', 'Array<String>'],
    ['t.strings2', 'Array<String>'],
    ['t.ips', 'Array<IP>'],
    ['t.map', 'Map<String>'],
    ['t.intmap', 'Map<Int>'],
    ['t.ipmap', 'Map<IP>'],
    ['t.headers', 'Map<Array<String>>'],
    ['t.intarrays', 'Map<Array<Int>>'],
  ] as const
).map(([name, type]): Field => ({ name, type, help: '', example: '', points: ['http-edge'] }))

const BYTES_128_TO_255 = Array.from({ length: 128 }, (_, at) => String.fromCharCode(128 + at)).join('')

export const STRINGS: readonly string[] = [
  '',
  'a',
  'A',
  'ab',
  'aB',
  'abc',
  'abcabc',
  'b',
  'xabcx',
  ' ',
  '\t',
  '\n',
  '\r\n',
  'a\nb',
  'ab\n',
  '\x01\x1f\x7f',
  '\x80',
  '\xff',
  '\xe9',
  '\xc9',
  'caf\xc3\xa9',
  BYTES_128_TO_255,
  'a%b_c',
  '%41%zz%',
  '%2541+b',
  'a=1&b=2&a=3',
  'a,b,,c',
  '*',
  '\\',
  'a\\*b',
  "it's",
  '"quoted"',
  '$1',
  '/admin',
  '/Admin/x',
  '/api/v1/users',
  '0',
  '-1',
  '80',
  'YWJj',
  'YWJj=',
  '{"a":"b","c":[1,"x"]}',
  '{',
  'k',
  'K',
  's',
  'S',
]

export const INTEGERS: readonly number[] = [
  0,
  1,
  -1,
  2,
  3,
  7,
  8,
  80,
  255,
  256,
  443,
  2 ** 31 - 1,
  2 ** 31,
  -(2 ** 31),
  2 ** 32 - 1,
  2 ** 32,
  2 ** 53 - 1,
  -(2 ** 53 - 1),
  2 ** 52,
  64,
]

export const ADDRESSES: readonly string[] = [
  '0.0.0.0',
  '10.0.0.1',
  '10.0.0.2',
  '10.1.2.3',
  '10.255.255.255',
  '11.0.0.0',
  '127.0.0.1',
  '192.0.2.1',
  '255.255.255.255',
  '::',
  '::1',
  '::ffff:10.0.0.1',
  '::ffff:0:0',
  '::fffe:ffff:ffff',
  '::1:0:0:0',
  '2001:db8::',
  '2001:db8::1',
  '2001:db8:0:1::1',
  'fe80::1',
  'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
  '1:0:0:2::3',
]

export const KEYS: readonly string[] = ['a', 'b', 'A', '', 'x-y', '\xe9']

/** One value of each field; a field without one is absent. */
export type Row = Readonly<Record<string, FieldValue | undefined>>

const SCALARS: Readonly<Record<ScalarType, (random: Random) => ScalarValue>> = {
  Bool: (random) => random.chance(50),
  Int: (random) => random.pick(INTEGERS),
  String: (random) => random.pick(STRINGS),
  IP: (random) => addressOf(random.pick(ADDRESSES)),
}

function addressOf(text: string): IpAddress {
  const address = parseIp(text)
  if (address === undefined) throw new Error(`${text} is not an address`)
  return address
}

/** The element type of an array or map, and whether it is one. */
export function scalarOf(type: FieldType): ScalarType {
  return (['Bool', 'Int', 'String', 'IP'] as const).find((scalar) => type.includes(scalar)) ?? 'String'
}

function randomValue(type: FieldType, random: Random): FieldValue {
  const scalar = (): ScalarValue => SCALARS[scalarOf(type)](random)
  const array = (): ScalarValue[] => random.list(4, scalar)
  if (type.startsWith('Array')) return array()
  if (type.startsWith('Map<Array')) return new Map(random.list(3, () => [random.pick(KEYS), array()] as const))
  if (type.startsWith('Map')) return new Map(random.list(3, () => [random.pick(KEYS), scalar()] as const))
  return scalar()
}

/** A row in which about one field in five is absent. */
export function randomRow(random: Random): Row {
  const present = FIELDS.filter(() => random.chance(80))
  return Object.fromEntries(present.map((field) => [field.name, randomValue(field.type, random)]))
}
