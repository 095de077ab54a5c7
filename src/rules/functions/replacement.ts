/** A replacement text cut at its references: numbers stand for captures, counted from 1. */
export type Replacement = readonly (string | number)[]

const REFERENCE = /\$(?:\$|\{([0-9]+)\})/g
const REFERENCE_LIMIT = 8

/** Reads `${1}` as a reference and `$$` as a dollar sign; every other character stands for itself. */
export function parseReplacement(text: string): Replacement {
  const parts: (string | number)[] = []
  let from = 0
  for (const match of text.matchAll(REFERENCE)) {
    parts.push(text.slice(from, match.index))
    parts.push(match[1] === undefined ? '$' : Number(match[1]))
    from = match.index + match[0].length
  }
  parts.push(text.slice(from))
  return parts
}

/** What is wrong with a replacement text; undefined when it is fine. */
export function replacementFault(text: string): string | undefined {
  const references = parseReplacement(text).filter((part) => typeof part === 'number')
  if (references.length > REFERENCE_LIMIT) return `a replacement may hold ${REFERENCE_LIMIT} references`
  return references.includes(0) ? 'references count from ${1}' : undefined
}

/** The replacement with its references filled in; one that took no part is empty. */
export function fillReplacement(replacement: Replacement, captures: readonly (string | undefined)[]): string {
  let text = ''
  for (const part of replacement) text += typeof part === 'number' ? (captures[part - 1] ?? '') : part
  return text
}
