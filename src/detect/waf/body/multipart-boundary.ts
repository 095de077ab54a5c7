import { lowerAscii, trimBlanks } from '#wire'
import type { BodyIrregularity } from '../body-contents.ts'

const MEDIA_TYPE = 'multipart/form-data'
const MEDIA_TYPE_LENGTH = MEDIA_TYPE.length
// RFC 2046 section 5.1.1.
const MAX_BOUNDARY_LENGTH = 70
const BOUNDARY = /^[0-9A-Za-z'()+_,\-./:=? ]+$/

/** The boundary that a Content-Type names, and what is odd about how it does. */
export interface BoundaryReading {
  /** Undefined when there is none to work with; `error` then says why. */
  readonly boundary: string | undefined
  readonly irregularities: readonly BodyIrregularity[]
  readonly error: string | undefined
}

/** True for `multipart/form-data` in any case, followed by nothing, a parameter or what a careless reader takes for one. */
export function isMultipartForm(contentType: string): boolean {
  if (lowerAscii(contentType.slice(0, MEDIA_TYPE_LENGTH)) !== MEDIA_TYPE) return false
  const next = contentType.charAt(MEDIA_TYPE_LENGTH)
  return next === '' || ' \t;,'.includes(next)
}

/**
 * Finds the boundary in the value of a Content-Type (RFC 7578 section 4.1). Servers disagree about quotes, blanks and repeated
 * parameters, so each of them is reported.
 */
export function readBoundary(contentType: string): BoundaryReading {
  const irregularities: BodyIrregularity[] = []
  const parameters = contentType.slice(MEDIA_TYPE_LENGTH)
  const rest = trimBlanks(parameters)
  if (rest !== '' && !rest.startsWith(';')) irregularities.push('missing-semicolon')
  const found = splitParameters(rest).filter((parameter) => isBoundary(parameter))
  if (found.length === 0)
    return { boundary: undefined, irregularities, error: 'Multipart: Boundary not found in Content-Type' }
  const [parameter] = found
  const reading = readValue(parameter, irregularities)
  if (found.length > 1) irregularities.push('duplicate-parameter')
  const error = found.length > 1 ? 'Multipart: Multiple boundary parameters in Content-Type' : boundaryFault(reading)
  return { boundary: reading === '' ? undefined : reading, irregularities, error }
}

/** Splits at semicolons outside of quotes. */
function splitParameters(text: string): string[] {
  const pieces: string[] = []
  let start = 0
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at)
    if (quoted && character === '\\') at++
    else if (character === '"') quoted = !quoted
    else if (character === ';' && !quoted) {
      pieces.push(text.slice(start, at))
      start = at + 1
    }
  }
  pieces.push(text.slice(start))
  return pieces
}

function isBoundary(parameter: string): boolean {
  const equals = parameter.indexOf('=')
  return equals >= 0 && lowerAscii(trimBlanks(parameter, 0, equals)) === 'boundary'
}

function readValue(parameter: string, irregularities: BodyIrregularity[]): string {
  const equals = parameter.indexOf('=')
  const value = trimBlanks(parameter, equals + 1)
  const blankBefore = / |\t/.test(parameter.charAt(equals - 1))
  const blankAfter = / |\t/.test(parameter.charAt(equals + 1))
  const quoted = value.startsWith('"')
  const inside = quoted ? value.slice(1, value.length > 1 && value.endsWith('"') ? -1 : undefined) : value
  if (value.includes('"')) irregularities.push('boundary-quoted')
  if (blankBefore || blankAfter || (!quoted && /[ \t]/.test(inside))) irregularities.push('boundary-whitespace')
  return quoted ? inside.replaceAll(/\\(.)/g, '$1') : inside
}

function boundaryFault(boundary: string): string | undefined {
  if (boundary === '') return 'Multipart: Invalid boundary in Content-Type (empty)'
  if (boundary.length > MAX_BOUNDARY_LENGTH) return 'Multipart: Invalid boundary in Content-Type (length)'
  return BOUNDARY.test(boundary) ? undefined : 'Multipart: Invalid boundary in Content-Type (characters)'
}
