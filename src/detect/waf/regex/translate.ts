import { RegexFault } from '#rules'
import type { LiteralCondition } from '../literal/condition-set.ts'
import { necessaryLiterals } from './necessary-literals.ts'
import { childrenOf, type PcreNode } from './pcre-node.ts'
import { parsePcre } from './pcre-parser.ts'
import { buildProgram } from './program.ts'
import { isRegular, simplify } from './simplify.ts'

/** A SecLang pattern, ready for both engines. Plain data: it can be cloned to a worker and kept on disk. */
export interface TranslatedRegex {
  readonly ok: true
  /** The pattern as it was written. */
  readonly pattern: string
  readonly caseless: boolean
  /** Literals that must be in every value that matches; undefined: the pattern may match anything. */
  readonly condition: LiteralCondition | undefined
  /** True when the pattern is regular: no lookaround, no backreference, no atomic group that matters. */
  readonly linear: boolean
  /** Capture groups of the pattern, without the whole match. */
  readonly groupCount: number
  /** What is accepted but deserves a word, such as a lookahead. */
  readonly warnings: readonly string[]
}

export type RegexTranslation =
  | TranslatedRegex
  /** `at` is the offset in the pattern. */
  | { readonly ok: false; readonly message: string; readonly at: number }

/** Reads a PCRE pattern as SecLang means it: bytes, `.` is any byte, `$` only the end. Never throws. */
export function translateRegex(pattern: string, options: { readonly caseless?: boolean } = {}): RegexTranslation {
  const caseless = options.caseless === true
  try {
    const parsed = parsePcre(pattern, caseless)
    const tree = simplify(parsed.tree)
    // Building it proves that it is not too large.
    buildProgram(tree, { kind: 'exact' })
    const linear = isRegular(tree)
    return {
      ok: true,
      pattern,
      caseless,
      condition: necessaryLiterals(tree),
      linear,
      groupCount: parsed.groupCount,
      warnings: [...parsed.warnings, ...irregularities(tree)],
    }
  } catch (fault) {
    if (fault instanceof RegexFault) return { ok: false, message: fault.message, at: fault.start }
    throw fault
  }
}

const IRREGULAR: Readonly<Partial<Record<PcreNode['kind'], string>>> = {
  look: 'lookaround is followed step by step, within bounds: long values may not be decided',
  backreference: 'a backreference is followed step by step, within bounds: long values may not be decided',
  atomic: 'an atomic group is followed step by step, within bounds: long values may not be decided',
}
const POSSESSIVE = 'a possessive repetition is followed step by step, within bounds: long values may not be decided'

/** What keeps a pattern from being decided by finite automata. */
function irregularities(tree: PcreNode): ReadonlySet<string> {
  const found = new Set<string>()
  const visit = (node: PcreNode): void => {
    const warning = node.kind === 'repeat' && node.mode === 'possessive' ? POSSESSIVE : IRREGULAR[node.kind]
    if (warning !== undefined) found.add(warning)
    childrenOf(node).forEach(visit)
  }
  visit(tree)
  return found
}
