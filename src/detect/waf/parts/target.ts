const HASH = 0x23
const SLASH = 0x2f
const QUESTION = 0x3f
const BACKSLASH = 0x5c

// Longest scheme that is looked for at the begin of an absolute target.
const MAX_SCHEME = 16

/** The pieces of a request target, as sent. */
export interface TargetParts {
  /** As the client sent it: SecLang's REQUEST_URI_RAW. */
  readonly raw: string
  /** Origin form without fragment: path and query. REQUEST_URI. */
  readonly uri: string
  /** Path as sent. REQUEST_FILENAME. */
  readonly path: string
  /** What follows the last slash or backslash of the path. REQUEST_BASENAME. */
  readonly baseName: string
  /** What follows the question mark, without it; empty when there is none. QUERY_STRING. */
  readonly query: string
  /** Text after the number sign, which no client sends honestly; undefined without one. */
  readonly fragment: string | undefined
}

/** Splits a request target in any of its forms (RFC 9112 section 3.2): what stands before the path of an absolute one is left out. */
export function splitTarget(raw: string): TargetParts {
  const origin = raw.charCodeAt(0) === SLASH ? raw : originForm(raw)
  const length = origin.length
  let question = -1
  let slash = -1
  let end = 0
  for (; end < length; end++) {
    const code = origin.charCodeAt(end)
    if (code === HASH) break
    if (question < 0) {
      if (code === QUESTION) question = end
      else if (code === SLASH || code === BACKSLASH) slash = end
    }
  }
  const pathEnd = question < 0 ? end : question
  return {
    raw,
    uri: end === length ? origin : origin.slice(0, end),
    path: pathEnd === length ? origin : origin.slice(0, pathEnd),
    baseName: origin.slice(slash + 1, pathEnd),
    query: question < 0 ? '' : origin.slice(question + 1, end),
    fragment: end === length ? undefined : origin.slice(end + 1),
  }
}

/** `http://host/path` without scheme and authority; what is no absolute target (`*`, `host:443`) as it is. */
function originForm(target: string): string {
  const scheme = target.slice(0, MAX_SCHEME).indexOf('://')
  if (scheme <= 0) return target
  for (let at = scheme + 3; at < target.length; at++) {
    const code = target.charCodeAt(at)
    if (code === SLASH || code === BACKSLASH) return target.slice(at)
    if (code === QUESTION || code === HASH) return `/${target.slice(at)}`
  }
  return '/'
}
