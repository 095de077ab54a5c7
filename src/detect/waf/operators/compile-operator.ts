import { parseIp } from '#wire'
import { buildPhraseTables, PhraseList } from '../literal/phrase-list.ts'
import type { SecOperator } from '../seclang/model.ts'
import { firstByteOutside, parseByteRanges } from './byte-ranges.ts'
import { DIGIT_CHECKS } from './check-digits.ts'
import { NetworkSet } from './network-set.ts'
import { NumberSearch } from './number-search.ts'
import type { CompiledOperator, OperatorSpan } from './operator.ts'
import { TEXT_OPERATORS } from './text-operators.ts'
import { invalidUrlEncodingAt } from './url-encoding.ts'
import { invalidUtf8At } from './utf8-encoding.ts'

/** Operators that the engine runs itself: patterns go through the literal filter, detectors and look-ups need its state. */
export const ENGINE_OPERATORS: ReadonlySet<string> = new Set(['rx', 'rxGlobal', 'detectSQLi', 'detectXSS', 'geoLookup'])

type OperatorMaker = (operator: SecOperator) => CompiledOperator

/** Operators that are prepared from their argument. */
const MAKERS: Readonly<Record<string, OperatorMaker>> = {
  ipMatch: matchNetworks,
  ipMatchFromFile: matchNetworks,
  pm: matchPhrases,
  pmFromFile: matchPhrases,
  validateByteRange: validateBytes,
  validateUrlEncoding: () => finding(invalidUrlEncodingAt),
  validateUtf8Encoding: () => finding(invalidUtf8At),
  verifyCC: verifyNumber,
  verifyCPF: verifyNumber,
  verifySSN: verifyNumber,
  verifySVNR: verifyNumber,
}

/**
 * Makes an operator ready to run.
 * @returns undefined for the operators of `ENGINE_OPERATORS`, and for names that are none
 */
export function compileOperator(operator: SecOperator): CompiledOperator | undefined {
  if (Object.hasOwn(MAKERS, operator.name)) return MAKERS[operator.name](operator)
  return Object.hasOwn(TEXT_OPERATORS, operator.name) ? TEXT_OPERATORS[operator.name] : undefined
}

/** An operator that is satisfied by what is wrong with a value, and shows the byte where it begins. */
function finding(offsetIn: (value: string) => number): CompiledOperator {
  return {
    test: (value) => offsetIn(value) >= 0,
    locate: (value) => ({ offset: Math.max(0, offsetIn(value)), length: 1 }),
    captures: false,
  }
}

function validateBytes({ argument }: SecOperator): CompiledOperator {
  const allowed = parseByteRanges(argument) ?? new Uint8Array(256)
  return finding((value) => firstByteOutside(value, allowed))
}

function matchNetworks({ phrases }: SecOperator): CompiledOperator {
  const networks = new NetworkSet(phrases ?? [])
  return {
    test: (value) => {
      const address = parseIp(value)
      return address !== undefined && networks.has(address)
    },
    locate: wholeValue,
    captures: false,
  }
}

function matchPhrases({ phrases }: SecOperator): CompiledOperator {
  const list = new PhraseList(buildPhraseTables(phrases ?? []))
  return {
    test: (value) => list.first(value) !== undefined,
    locate: (value) => {
      const match = list.first(value)
      return match === undefined ? wholeValue(value) : { offset: match.index, length: match.length }
    },
    captures: true,
  }
}

function verifyNumber({ name, argument }: SecOperator): CompiledOperator {
  const search = new NumberSearch(argument, DIGIT_CHECKS[name])
  return {
    test: (value) => search.find(value) !== undefined,
    locate: (value) => search.find(value) ?? wholeValue(value),
    captures: true,
  }
}

const wholeValue = (value: string): OperatorSpan => ({ offset: 0, length: value.length })
