import { type FieldList, fieldValues } from '#wire'

/** Every Tidegate on the way of a request adds its name to this field (RFC 8586); no proxy takes it away. */
export const LOOP_FIELD = 'CDN-Loop'
export const LOOP_NAME = 'tidegate'

/** Passes after which a request is on a circle. A chain of gateways that somebody wants is shorter. */
const PASS_LIMIT = 8

/**
 * Whether a request has come through Tidegate too often: then an origin leads back here. A client that writes the field
 * itself is only refused sooner.
 */
export function isLooping(fields: FieldList): boolean {
  const lines = fieldValues(fields, 'cdn-loop')
  if (lines === undefined) return false
  let passes = 0
  for (const line of lines) {
    for (const element of line.split(',')) if (nameOf(element) === LOOP_NAME && ++passes >= PASS_LIMIT) return true
  }
  return false
}

function nameOf(element: string): string {
  const parametersAt = element.indexOf(';')
  return (parametersAt < 0 ? element : element.slice(0, parametersAt)).trim().toLowerCase()
}
