import { readFileSync } from 'node:fs'
import type { SecRule } from '#detect'
import { messageOf } from '#kernel'

/** A SecLang rule as it stands in its file, with the comment above it. */
export interface DirectiveText {
  readonly comment: string
  readonly text: string
}

/** Reads a rule, its chain included, from its file. */
export function directiveText({ place, links }: SecRule): DirectiveText {
  try {
    const lines = readFileSync(place.file, 'latin1').split('\n')
    const last = links[links.length - 1].place
    const end = endOfDirective(lines, last.line - 1)
    return { comment: commentAbove(lines, place.line - 1), text: lines.slice(place.line - 1, end).join('\n') }
  } catch (error) {
    return { comment: '', text: `(${place.file} cannot be read any more: ${messageOf(error)})` }
  }
}

/** Index of the line after the directive that begins at `start`: a backslash at the end of a line continues it. */
function endOfDirective(lines: readonly string[], start: number): number {
  let at = start
  while (at < lines.length - 1 && lines[at].trimEnd().endsWith('\\')) at++
  return at + 1
}

/** The comment lines directly above a line, without their marks. */
function commentAbove(lines: readonly string[], index: number): string {
  let start = index
  while (start > 0 && lines[start - 1].startsWith('#')) start--
  return lines
    .slice(start, index)
    .map((line) => line.replace(/^#+ ?/, ''))
    .join('\n')
    .trim()
}
