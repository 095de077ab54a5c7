import type { Detection, DetectionConfidence } from '../detection.ts'
import { CLIMBED_KNOWN_FILE, ROOTED_KNOWN_FILE } from './known-files.ts'

/** What the detector tells apart; each is a line on the reference page. */
export const TRAVERSAL_FINDINGS = {
  'climb-to-known-file': {
    help: 'Steps up the folders, then a file that only an attacker asks for, such as `../../etc/passwd`.',
  },
  'rooted-known-file': { help: 'A path from the root to a file that only an attacker asks for.' },
  'disguised-climb': {
    help: 'Steps up the folders in a form that only decodes to one: overlong UTF-8, `%u2215`, `....//`, `..;/`.',
  },
  'deep-climb': { help: 'Three or more steps up the folders.' },
  climb: { help: 'One or two steps up the folders.' },
} as const

export type TraversalFindingName = keyof typeof TRAVERSAL_FINDINGS
export type TraversalFinding = Detection<TraversalFindingName>

/** Bytes of a value that are read as a path from its first climb on. */
const PATH_BYTES = 1_024
const DEEP_STEPS = 3
/** Longer than what stands before a climb, such as `/static/images/`. */
const PREFIX_BYTES = 256

/** A step in any spelling: dots as overlong UTF-8 or escapes, slashes of both kinds, doubled, as code points or overlong. */
const DOT =
  '(?:\\.|%(?:25)*2e|%(?:25)*c0%(?:25)*(?:ae|2e)|\\xc0\\xae|\\xc0\\x2e|\\xe0\\x80\\xae|%u002e|%%32%65|\\\\u002e|0x2e)'
const SLASH =
  '(?:[/\\\\]|%(?:25)*(?:2f|5c)|%(?:25)*c0%(?:25)*(?:af|2f|5c)|%(?:25)*c1%(?:25)*(?:9c|1c|af)|\\xc0[\\xaf\\x2f\\x5c]|\\xc1[\\x9c\\x1c\\xaf]|\\xe0\\x80\\xaf|%u221[56]|%u002f|%%32%66|%%35%63|\\\\u002f|0x2f|0x5c)'
const STEP = new RegExp(
  `(?:${DOT}{2,4}(?:;[\\w=]{0,16}|\\\\?\\0|%00)?${SLASH}{1,3}(?:\\.${SLASH}{1,3}){0,3}){1,40}`,
  'gi',
)
const DOTS = new RegExp(`${DOT}{2,4}`, 'gi')
const PLAIN_STEP = /^(?:\.\.[/\\]{1,2}(?:\.[/\\])*)+$/
const SPELLED_SLASH = new RegExp(SLASH, 'gi')

/**
 * Finds a path that climbs out of its folder, or that names a file only an attacker asks for, in one decoded value (a byte
 * string). Relative paths in texts are not found: a path is only one where a value begins with it or a path leads to it.
 */
export function detectTraversal(value: string): TraversalFinding | undefined {
  const rooted = rootedFile(value)
  if (rooted !== undefined) return rooted
  STEP.lastIndex = 0
  const found = STEP.exec(value)
  if (found === null) return undefined
  const climb = found[0]
  const offset = found.index
  const rest = value.slice(offset + climb.length, offset + climb.length + PATH_BYTES)
  const file = CLIMBED_KNOWN_FILE.exec(
    rest
      .replace(SPELLED_SLASH, '/')
      .replace(/\/{2,}/g, '/')
      .toLowerCase(),
  )
  const steps = stepsOf(climb)
  const isPath = beginsPath(value, offset, steps)
  if (file !== null) {
    return {
      finding: 'climb-to-known-file',
      confidence: isPath ? 'certain' : 'weak',
      offset,
      length: climb.length + file[0].length,
    }
  }
  const isDisguised = !PLAIN_STEP.test(climb)
  const isDeep = steps >= DEEP_STEPS
  const finding = isDisguised ? 'disguised-climb' : isDeep ? 'deep-climb' : 'climb'
  return { finding, confidence: confidenceOf(isDisguised, isDeep, isPath), offset, length: climb.length }
}

function confidenceOf(isDisguised: boolean, isDeep: boolean, isPath: boolean): DetectionConfidence {
  if (!isPath) return 'weak'
  return isDisguised || isDeep ? 'likely' : 'weak'
}

function rootedFile(value: string): TraversalFinding | undefined {
  // Programs trim what they take for a path.
  const path = value.trimStart()
  const first = path.charCodeAt(0)
  if (first !== 0x2f && first !== 0x5c && path.charCodeAt(1) !== 0x3a && !/^file:/i.test(path)) return undefined
  const found = ROOTED_KNOWN_FILE.exec(
    path
      .slice(0, PATH_BYTES)
      .replace(/[\\/]+/g, '/')
      .toLowerCase(),
  )
  if (found === null) return undefined
  // A path at the start of a sentence is part of a text about files.
  const confidence = /[ \t\n][a-z]{2}/i.test(path.slice(found[0].length)) ? 'weak' : 'likely'
  return { finding: 'rooted-known-file', confidence, offset: value.length - path.length, length: found[0].length }
}

function stepsOf(climb: string): number {
  return climb.match(DOTS)?.length ?? 0
}

/** True when the climb stands where a path begins or goes on: not after prose, and not glued to a word as in `wait.../what`. */
function beginsPath(value: string, offset: number, steps: number): boolean {
  // An ellipsis before a slash is a placeholder.
  if (steps === 1 && value.startsWith('...', offset)) return false
  const before = value.slice(0, offset).trimStart()
  // Blanks around a path are trimmed by many programs; a line break inside makes a text.
  if (before.length > PREFIX_BYTES || /[\r\n]/.test(value.trim()) || !/^[\w%~:/\\.@+,;=-]*$/.test(before)) return false
  return steps > 1 || before === '' || !/[\w.]/.test(value[offset - 1])
}
