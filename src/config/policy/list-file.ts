import type { Problem } from '../source/problem.ts'
import type { ListCollector, ListTypeDefinition } from './list-entries.ts'

/** Faults of one list file that are listed one by one; the rest is counted. */
const LISTED_FAULTS = 20

/**
 * Reads a list file: one entry a line, `#` begins a comment; of a CSV file the first column, after an optional heading.
 * Every line that is not an entry is a problem, never skipped in silence.
 * @param collector takes the entries
 * @param shown name of the file in messages; `.csv` at its end makes it CSV
 */
export function readListFile(
  text: string,
  shown: string,
  definition: ListTypeDefinition,
  collector: ListCollector,
): readonly Problem[] {
  const entryOf = shown.toLowerCase().endsWith('.csv') ? firstColumn : withoutComment
  const heading = entryOf === firstColumn ? definition.headings : new Set<string>()
  const problems: Problem[] = []
  let faultCount = 0
  let line = 0
  for (let start = 0; start < text.length;) {
    let end = text.indexOf('\n', start)
    if (end < 0) end = text.length
    line++
    const entry = entryOf(text, start, end)
    start = end + 1
    if (entry === '' || (line === 1 && heading.has(entry.toLowerCase()))) continue
    if (collector.add(entry)) continue
    if (++faultCount <= LISTED_FAULTS) {
      const message = `expected ${definition.expected}, got ${JSON.stringify(entry.slice(0, 60))}`
      problems.push({ place: { file: shown, line, column: 1 }, message })
    }
  }
  if (faultCount > LISTED_FAULTS) {
    const message = `and ${faultCount - LISTED_FAULTS} more lines of this file are not ${definition.expected}`
    problems.push({ place: { file: shown, line, column: 1 }, message })
  }
  return problems
}

const HASH = 0x23

/** The line without its comment, which begins at the start or after white space: `a#b` is an entry. */
function withoutComment(text: string, start: number, end: number): string {
  const line = text.slice(start, end).trim()
  if (line.charCodeAt(0) === HASH) return ''
  const comment = line.search(/\s#/)
  return comment < 0 ? line : line.slice(0, comment).trimEnd()
}

function firstColumn(text: string, start: number, end: number): string {
  const line = text.slice(start, end).trim()
  if (line.charCodeAt(0) === HASH) return ''
  if (!line.startsWith('"')) return line.split(',', 1)[0].trim()
  const [, quoted = line] = /^"((?:[^"]|"")*)"\s*(?:,|$)/.exec(line) ?? []
  return quoted.replaceAll('""', '"').trim()
}
