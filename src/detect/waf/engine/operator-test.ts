import { TidegateError } from '#kernel'
import { matchDetectSqli, matchDetectXss } from '../detectors/index.ts'
import { compileOperator, type OperatorSpan } from '../operators/index.ts'
import type { SecLink, SecOperator } from '../seclang/index.ts'
import { macroText } from './macro-text.ts'
import type { PatternCache } from './pattern-cache.ts'
import type { Transaction } from './transaction.ts'
import type { TxNames } from './tx-names.ts'

/** An operator bound to its argument. `test` leaves what `capture` stores in `transaction.groups`. */
export interface OperatorTest {
  /** True when the value satisfies the operator, its negation counted in. */
  readonly test: (text: string, transaction: Transaction) => boolean
  /** Where it matched; asked only for texts that satisfy it. The whole text when nothing narrower can be said. */
  readonly locate: (text: string, transaction: Transaction) => OperatorSpan
  /** True when the answer depends on the text alone. */
  readonly isConstant: boolean
  /** What a detector recognised. */
  readonly finding: ((text: string) => string | undefined) | undefined
}

type OperatorMaker = (link: SecLink, patterns: PatternCache, names: TxNames) => OperatorTest

/** Operators that need the engine's own parts; the others are in a table of theirs. */
const MAKERS: Readonly<Record<string, OperatorMaker>> = {
  rx: patternTest,
  rxGlobal: patternTest,
  detectSQLi: () => detectorTest(matchDetectSqli),
  detectXSS: () => detectorTest(matchDetectXss),
  // Without a place to look addresses up in, none is found.
  geoLookup: () => ({ test: () => false, locate: wholeText, isConstant: true, finding: undefined }),
}

/** Binds the operator of a rule. */
export function bindOperator(link: SecLink, patterns: PatternCache, names: TxNames): OperatorTest {
  const bound = (MAKERS[link.operator.name] ?? plainTest)(link, patterns, names)
  if (!link.operator.negated) return bound
  return {
    ...bound,
    test: (text, transaction) => !bound.test(text, transaction),
    locate: wholeText,
    finding: undefined,
  }
}

function wholeText(text: string): OperatorSpan {
  return { offset: 0, length: text.length }
}

function patternTest(link: SecLink, patterns: PatternCache, names: TxNames): OperatorTest {
  const argument = macroText(link.operator.argument, names)
  if (argument.constant === undefined) return dynamicPatternTest(link, names)
  const plain = plainPattern(argument.constant)
  if (plain !== undefined) return plain
  const regex = patterns.get(argument.constant)
  const locate = (text: string): OperatorSpan => {
    const match = regex.exec(text)
    return match === undefined ? wholeText(text) : { offset: match.index, length: match.groups[0]?.length ?? 0 }
  }
  if (!link.capture || link.operator.negated) {
    return {
      test: (text, transaction) => {
        const matched = regex.test(text)
        if (regex.incomplete) transaction.budget.noteIncomplete()
        return matched
      },
      locate,
      isConstant: true,
      finding: undefined,
    }
  }
  return {
    test: (text, transaction) => {
      // Whether it matches costs less to find out than where, and mostly it does not.
      const match = regex.test(text) ? regex.exec(text) : undefined
      if (regex.incomplete) transaction.budget.noteIncomplete()
      if (match === undefined) return false
      transaction.groups = match.groups
      return true
    },
    locate,
    isConstant: true,
    finding: undefined,
  }
}

/** Patterns that say no more than "anything" or "just this text" need no search. */
function plainPattern(pattern: string): OperatorTest | undefined {
  const exact = /^\^([A-Za-z0-9_ -]*)\$$/.exec(pattern)
  if (exact === null && pattern !== '^.*$') return undefined
  return {
    test: (text, transaction) => {
      if (exact !== null && text !== exact[1]) return false
      transaction.groups = [text]
      return true
    },
    locate: wholeText,
    isConstant: true,
    finding: undefined,
  }
}

/** A pattern that is written with references means their text, not a pattern: nothing that a client sends becomes one. */
function dynamicPatternTest(link: SecLink, names: TxNames): OperatorTest {
  const argument = macroText(link.operator.argument, names)
  return {
    test: (text, transaction) => text.includes(argument.read(transaction)),
    locate: (text, transaction) => {
      const words = argument.read(transaction)
      return { offset: Math.max(0, text.indexOf(words)), length: words.length }
    },
    isConstant: false,
    finding: undefined,
  }
}

function detectorTest(
  detect: (text: string) => { readonly finding: string; readonly offset: number; readonly length: number } | undefined,
): OperatorTest {
  return {
    test: (text, transaction) => {
      const found = detect(text)
      if (found === undefined) return false
      transaction.groups = [text.slice(found.offset, found.offset + found.length)]
      return true
    },
    locate: (text) => detect(text) ?? wholeText(text),
    isConstant: true,
    finding: (text) => detect(text)?.finding,
  }
}

function plainTest(link: SecLink, _patterns: PatternCache, names: TxNames): OperatorTest {
  const { operator } = link
  const compiled = compileOperator(operator)
  if (compiled === undefined) throw unknownOperator(operator)
  const argument = macroText(operator.argument, names)
  const captures = link.capture && compiled.captures && !operator.negated
  return {
    test: (text, transaction) => {
      const expanded = argument.read(transaction)
      if (!compiled.test(text, expanded)) return false
      if (captures) {
        const { offset, length } = compiled.locate(text, expanded)
        transaction.groups = [text.slice(offset, offset + length)]
      }
      return true
    },
    locate: (text, transaction) => compiled.locate(text, argument.read(transaction)),
    isConstant: argument.constant !== undefined,
    finding: undefined,
  }
}

function unknownOperator({ name }: SecOperator): TidegateError {
  return new TidegateError('ERR_INVARIANT', `nothing runs the operator @${name}`, { source: 'internal' })
}
