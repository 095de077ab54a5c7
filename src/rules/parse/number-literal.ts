import type { Field } from '#fields'
import { RuleFault } from '../rule-error.ts'
import { DURATION_UNITS, SIZE_UNITS } from '../units.ts'
import type { Token } from './token.ts'

type Unit = NonNullable<Field['unit']>

const IN_MICROSECONDS: ReadonlyMap<string, number> = new Map(
  [...DURATION_UNITS].map(([name, milliseconds]) => [name, milliseconds * 1_000]),
)

/** The units that a field takes, and how many of the smallest make one of its own. */
const SCALES: Readonly<Record<Unit, { readonly suffixes: ReadonlyMap<string, number>; readonly divisor: number }>> = {
  microseconds: { suffixes: IN_MICROSECONDS, divisor: 1 },
  milliseconds: { suffixes: DURATION_UNITS, divisor: 1 },
  seconds: { suffixes: DURATION_UNITS, divisor: 1_000 },
  bytes: { suffixes: SIZE_UNITS, divisor: 1 },
}

const INTEGER = /^(-?)(?:0[xX]([0-9A-Fa-f]+)|0([0-7]+)|(0|[1-9][0-9]*))$/
const WITH_UNIT = /^(-?[0-9]+)([A-Za-z]+)$/

/**
 * The value of an integer literal: decimal, hexadecimal `0x1F`, octal `017`, or with a unit when the field it is compared
 * with has one, converted to that unit. Throws a RuleFault when it is none of these or beyond ±(2^53 - 1).
 */
export function integerValue(token: Token, unit: Unit | undefined): number {
  const integer = INTEGER.exec(token.text)
  if (integer !== null) return withinRange(plainInteger(integer), token)
  const measured = WITH_UNIT.exec(token.text)
  if (measured === null)
    throw new RuleFault('literal', `\`${token.text}\` is not an integer`, token, hintFor(token.text))
  return withinRange(inUnit(token, Number(measured[1]), measured[2], unit), token)
}

function plainInteger([, sign, hex, octal, decimal]: RegExpExecArray): number {
  const magnitude =
    hex !== undefined ? Number.parseInt(hex, 16) : octal !== undefined ? Number.parseInt(octal, 8) : Number(decimal)
  return sign === '-' && magnitude !== 0 ? -magnitude : magnitude
}

function inUnit(token: Token, amount: number, suffix: string, unit: Unit | undefined): number {
  const known = DURATION_UNITS.has(suffix) || SIZE_UNITS.has(suffix)
  if (!known)
    throw new RuleFault(
      'literal',
      `\`${suffix}\` is not a unit`,
      token,
      `units are ${[...DURATION_UNITS.keys(), ...SIZE_UNITS.keys()].join(' ')}`,
    )
  const scale = unit === undefined ? undefined : SCALES[unit]
  const factor = scale?.suffixes.get(suffix)
  if (scale === undefined || factor === undefined) {
    const reason = unit === undefined ? 'what it is compared with has no unit' : `the field counts ${unit}`
    throw new RuleFault('literal', `\`${token.text}\` cannot stand here: ${reason}`, token)
  }
  const value = (amount * factor) / scale.divisor
  if (!Number.isInteger(value))
    throw new RuleFault('literal', `\`${token.text}\` is not a whole number of ${String(unit)}`, token)
  return value === 0 ? 0 : value
}

function withinRange(value: number, token: Token): number {
  if (Number.isSafeInteger(value)) return value
  throw new RuleFault('literal', `\`${token.text}\` is out of range: integers go from -(2^53 - 1) to 2^53 - 1`, token)
}

function hintFor(text: string): string | undefined {
  if (/^-?0[0-9]*[89]/.test(text)) return 'a leading 0 means octal'
  return /\./.test(text) ? 'there are no fractions' : undefined
}
