import { likelihoodOf } from './byte-frequency.ts'

/** Longer literals make the automaton outgrow the cache, shorter ones let too much pass. */
export const LITERAL_BYTES = 8

/** A value that contains one of the texts contains one of these: each cut to its rarest part, lower-case, none within another. */
export function clauseOf(texts: Iterable<string>): readonly string[] {
  const cut = new Set<string>()
  for (const text of texts) cut.add(rarestPart(lowerCase(text)))
  return [...cut].filter((literal) => !containsOther(literal, cut)).sort()
}

/** ASCII letters in lower case: other bytes have no case here. */
export function lowerCase(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}

function rarestPart(literal: string): string {
  let best = literal.slice(0, LITERAL_BYTES)
  if (literal.length <= LITERAL_BYTES) return best
  let lowest = likelihoodOf(best)
  for (let at = 1; at + LITERAL_BYTES <= literal.length; at++) {
    const part = literal.slice(at, at + LITERAL_BYTES)
    const likelihood = likelihoodOf(part)
    if (likelihood < lowest) {
      lowest = likelihood
      best = part
    }
  }
  return best
}

function containsOther(literal: string, all: ReadonlySet<string>): boolean {
  for (let length = 0; length < literal.length; length++) {
    for (let at = 0; at + length <= literal.length; at++) {
      if (all.has(literal.slice(at, at + length))) return true
    }
  }
  return false
}
