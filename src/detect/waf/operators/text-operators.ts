import type { CompiledOperator, OperatorSpan } from './operator.ts'
import { wholeNumber } from './whole-number.ts'

type Test = CompiledOperator['test']

const whole = (value: string): OperatorSpan => ({ offset: 0, length: value.length })

function comparing(test: Test, locate: CompiledOperator['locate'] = whole): CompiledOperator {
  return { test, locate, captures: false }
}

const spanOf = (value: string, argument: string): OperatorSpan => ({
  offset: Math.max(0, value.indexOf(argument)),
  length: argument.length,
})

/** Operators that compare a value with their argument and need no preparation, by their names. */
export const TEXT_OPERATORS: Readonly<Record<string, CompiledOperator>> = {
  beginsWith: comparing(
    (value, argument) => value.startsWith(argument),
    (_, argument) => ({ offset: 0, length: argument.length }),
  ),
  contains: comparing((value, argument) => value.includes(argument), spanOf),
  containsWord: comparing(
    (value, argument) => wordAt(value, argument) >= 0,
    (value, argument) => ({ offset: Math.max(0, wordAt(value, argument)), length: argument.length }),
  ),
  endsWith: comparing(
    (value, argument) => value.endsWith(argument),
    (value, argument) => ({ offset: value.length - argument.length, length: argument.length }),
  ),
  eq: comparing((value, argument) => wholeNumber(value) === wholeNumber(argument)),
  ge: comparing((value, argument) => wholeNumber(value) >= wholeNumber(argument)),
  gt: comparing((value, argument) => wholeNumber(value) > wholeNumber(argument)),
  le: comparing((value, argument) => wholeNumber(value) <= wholeNumber(argument)),
  lt: comparing((value, argument) => wholeNumber(value) < wholeNumber(argument)),
  noMatch: comparing(() => false),
  // The reader says so when it meets one: nothing waits for a look-up here.
  rbl: comparing(() => false),
  streq: comparing((value, argument) => value === argument),
  strmatch: comparing((value, argument) => value.includes(argument), spanOf),
  unconditionalMatch: comparing(() => true),
  within: comparing((value, argument) => argument.includes(value)),
}

/** Offset of the argument where no letter, digit or underscore touches it; -1 when there is none. */
function wordAt(value: string, argument: string): number {
  let at = value.indexOf(argument)
  while (at >= 0) {
    if (!isWordByte(value.charCodeAt(at - 1)) && !isWordByte(value.charCodeAt(at + argument.length))) return at
    if (argument === '') return -1
    at = value.indexOf(argument, at + 1)
  }
  return -1
}

function isWordByte(code: number): boolean {
  const letter = code | 0x20
  return (code >= 0x30 && code <= 0x39) || code === 0x5f || (letter >= 0x61 && letter <= 0x7a)
}
