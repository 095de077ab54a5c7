import { parseByteRanges } from '../operators/byte-ranges.ts'
import { parseNetworks } from '../operators/networks.ts'
import { parsePhrases } from '../operators/phrases.ts'
import { checkPattern } from './check-pattern.ts'
import { compileMacro } from './macro.ts'
import type { SecOperator } from './model.ts'
import { OPERATOR_NAMES, type OperatorArgument, type OperatorDefinition, OPERATORS } from './operator-table.ts'
import type { PlacedText } from './placed-text.ts'
import { didYouMean, type Problems } from './problems.ts'

/** Reads a data file that a rule names; undefined when it cannot, which it reports. */
export type ReadLines = (name: PlacedText) => readonly string[] | undefined

const NAMED = /^(!?)\s*@([A-Za-z0-9_]*)/

/**
 * Reads the operator of a rule: `@pm a b`, `!@eq 0`, or a bare pattern, which stands for `@rx`.
 * @returns undefined when it cannot be used, which is reported
 */
export function parseOperator(written: PlacedText, problems: Problems, readLines: ReadLines): SecOperator | undefined {
  const named = NAMED.exec(written.text)
  if (named === null) {
    const negated = written.text.startsWith('!')
    return finish(OPERATORS.get('rx')!, negated, written.slice(negated ? 1 : 0), problems, readLines)
  }
  const nameAt = named[0].length - named[2].length - 1
  const definition = OPERATORS.get(named[2].toLowerCase())
  if (definition === undefined) {
    const message = `unknown operator @${named[2]}${didYouMean(named[2], OPERATOR_NAMES)}`
    problems.refuse(written.placeAt(nameAt), `@${named[2]}`, message)
    return undefined
  }
  if (definition.refused !== undefined) {
    const message = `@${definition.name} is not supported: ${definition.refused}`
    problems.refuse(written.placeAt(nameAt), `@${definition.name}`, message)
    return undefined
  }
  if (definition.warning !== undefined) problems.warn(written.placeAt(nameAt), definition.warning)
  const rest = written.slice(named[0].length)
  const blanks = rest.text.length - rest.text.trimStart().length
  return finish(definition, named[1] === '!', rest.slice(blanks), problems, readLines)
}

function finish(
  { name, argument: kind }: OperatorDefinition,
  negated: boolean,
  argument: PlacedText,
  problems: Problems,
  readLines: ReadLines,
): SecOperator | undefined {
  const operator = { name, negated, argument: argument.text, place: argument.place }
  const fault = FAULTS[kind]?.(argument.text)
  if (fault !== undefined) {
    problems.report(argument.place, fault)
    return undefined
  }
  // References stand for texts that are not known yet.
  const isPattern = kind === 'pattern' || kind === 'card-pattern'
  if (isPattern && compileMacro(argument.text).constant !== undefined && !checkPattern(argument, problems))
    return undefined
  if (kind === 'phrases') return { ...operator, phrases: parsePhrases(argument.text) }
  if (kind === 'networks') return withNetworks(operator, argument.text.split(','), argument, problems)
  if (kind === 'phrase-files' || kind === 'network-files') {
    const lines = readFiles(argument, readLines)
    if (lines === undefined) return undefined
    return kind === 'phrase-files' ? { ...operator, phrases: lines } : withNetworks(operator, lines, argument, problems)
  }
  return operator
}

/** What is wrong with the argument of an operator. */
const FAULTS: Readonly<Partial<Record<OperatorArgument, (argument: string) => string | undefined>>> = {
  number: (argument) =>
    compileMacro(argument).constant !== undefined && !/^\s*[+-]?[0-9]+\s*$/.test(argument)
      ? `expected a number to compare with, found ${argument === '' ? 'nothing' : argument}`
      : undefined,
  phrases: (argument) => (parsePhrases(argument).length === 0 ? 'expected words to look for' : undefined),
  'byte-ranges': (argument) =>
    parseByteRanges(argument) === undefined
      ? `expected bytes and ranges such as 9,10,13,32-126, found ${argument === '' ? 'nothing' : argument}`
      : undefined,
  networks: (argument) => (argument.trim() === '' ? 'expected addresses or networks' : undefined),
}

function readFiles(argument: PlacedText, readLines: ReadLines): readonly string[] | undefined {
  const lines: string[] = []
  let complete = argument.text.trim() !== ''
  for (const { 0: name, index } of argument.text.matchAll(/\S+/g)) {
    const found = readLines(argument.slice(index, index + name.length))
    if (found === undefined) complete = false
    else for (const line of found) lines.push(line)
  }
  return complete ? lines : undefined
}

function withNetworks(
  operator: SecOperator,
  texts: readonly string[],
  argument: PlacedText,
  problems: Problems,
): SecOperator | undefined {
  const networks = texts.flatMap((text) => text.split(/[\s,]+/)).filter((text) => text !== '')
  const { invalid } = parseNetworks(networks)
  for (const text of invalid) problems.report(argument.place, `expected an IP address or network, found ${text}`)
  return invalid.length === 0 ? { ...operator, phrases: networks } : undefined
}
