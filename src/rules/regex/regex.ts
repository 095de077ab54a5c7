import { setFlagsFromString } from 'node:v8'
import { messageOf, TidegateError } from '#kernel'
import { checkSize, emitRegex, repeats, repeatsCapture, replicationOf } from './regex-emit.ts'
import { RegexFault, type RegexNode } from './regex-node.ts'
import { parseRegexTree } from './regex-parser.ts'

/** A pattern that was accepted. */
export interface Regex {
  /** Source text without flags and without captures that RE2 reads with the same meaning, each byte one character U+0000-U+00FF. */
  readonly source: string
  /** The same with its capture groups, numbered from 1. */
  readonly captureSource: string
  readonly captureCount: number
  /** A capture group stands inside a repetition: what it holds at the end differs between engines. */
  readonly repeatsCapture: boolean
  readonly tree: RegexNode
}

export type RegexResult =
  | { readonly ok: true; readonly regex: Regex }
  /** Offsets count characters of the pattern, end exclusive. */
  | { readonly ok: false; readonly message: string; readonly start: number; readonly end: number }

/** Reads a regular expression of the language; see `parseRegexTree` for what it may hold. Never throws. */
export function parseRegex(pattern: string): RegexResult {
  try {
    const { tree, captureCount } = parseRegexTree(pattern)
    checkSize(tree)
    const regex = {
      source: emitRegex(tree, { captures: false, writeOutCounts: false }),
      captureSource: emitRegex(tree, { captures: true, writeOutCounts: false }),
      captureCount,
      repeatsCapture: repeatsCapture(tree),
      tree,
    }
    return { ok: true, regex }
  } catch (fault) {
    if (fault instanceof RegexFault) return { ok: false, message: fault.message, start: fault.start, end: fault.end }
    throw fault
  }
}

/** Counts up to here stay as they are: V8's linear engine takes no larger ones. */
const LINEAR_COUNT_LIMIT = 16

/** What a compiled pattern can do. */
export interface RegexMatcher {
  readonly source: string
  test(value: string): boolean
  exec(value: string): RegExpExecArray | null
}

/**
 * A matcher whose time is linear in the length of the value, whatever the value. Throws a TidegateError for a pattern that
 * `parseRegex` refuses.
 */
export function compileRegex(pattern: string, captures = false): RegexMatcher {
  ensureLinearEngine()
  const result = parseRegex(pattern)
  if (!result.ok) {
    throw new TidegateError('ERR_RULE_INVALID', `regular expression ${JSON.stringify(pattern)}: ${result.message}`, {
      source: 'configuration',
    })
  }
  const { tree } = result.regex
  const source = emitRegex(tree, { captures, writeOutCounts: replicationOf(tree) > LINEAR_COUNT_LIMIT })
  return repeats(tree) ? new BoundedMatcher(source) : new RegExp(source)
}

/** V8's own flag: makes it use the linear engine, and refuse what that cannot run. */
const LINEAR_FLAG = 'l'

/** Values up to this length are matched by backtracking, which is some twenty times faster on them. */
const SHORT_VALUE_BYTES = 2_048

/**
 * Matches short values by backtracking, with V8's fallback to its linear engine, and long ones by that engine at once: the
 * fallback does not count the steps of simple loops, so that `[a-z]+[0-9]` would take quadratic time on a row of letters.
 */
export class BoundedMatcher implements RegexMatcher {
  readonly source: string
  readonly #short: RegExp
  readonly #long: RegExp

  constructor(source: string) {
    this.source = source
    this.#short = new RegExp(source)
    this.#long = new RegExp(source, LINEAR_FLAG)
  }

  test(value: string): boolean {
    return value.length <= SHORT_VALUE_BYTES ? this.#short.test(value) : this.#long.test(value)
  }

  exec(value: string): RegExpExecArray | null {
    return value.length <= SHORT_VALUE_BYTES ? this.#short.exec(value) : this.#long.exec(value)
  }
}

let isLinearEngineReady = false

/**
 * Switches V8's linear-time engine on for this process, as flag `l` and as fallback, and proves that it works. Called before
 * the first pattern is compiled. Throws a TidegateError when the runtime does not have it.
 */
export function ensureLinearEngine(): void {
  if (isLinearEngineReady) return
  try {
    setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks')
    setFlagsFromString('--enable-experimental-regexp-engine')
    new RegExp('a', LINEAR_FLAG).test('a')
  } catch (cause) {
    throw missingEngine(messageOf(cause))
  }
  // Backtracking takes 2^26 steps here, about a second; the fallback a few milliseconds. The best of three, for a busy machine.
  let fastestMs = Number.POSITIVE_INFINITY
  for (let round = 0; round < 3 && fastestMs > SELF_TEST_LIMIT_MS; round++) {
    const startMs = performance.now()
    new RegExp(`(a+)+${'b'.repeat(round)}$`).test(`${'a'.repeat(26)}!`)
    fastestMs = Math.min(fastestMs, performance.now() - startMs)
  }
  if (fastestMs > SELF_TEST_LIMIT_MS) throw missingEngine(`a hostile value took ${Math.round(fastestMs)} ms`)
  isLinearEngineReady = true
}

const SELF_TEST_LIMIT_MS = 150

function missingEngine(reason: string): TidegateError {
  return new TidegateError('ERR_INVARIANT', `the linear-time regular expression engine does not work: ${reason}`, {
    source: 'environment',
    remedy: 'Start Tidegate with the Node.js version it was installed with (bin/tidegate.mjs does).',
  })
}
