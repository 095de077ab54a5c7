import { CR, FIELD_VALUE, LF, SPACE } from './bytes.ts'
import { type Http1Refusal, refusal } from './faults.ts'
import type { FieldMemo } from './field-memo.ts'
import { byteProblem, type FieldDraft, INCOMPLETE } from './fields.ts'
import { connectionOptions, framingOf, isFraming } from './framing.ts'
import type { BodyFraming, ResponseHead } from './head.ts'

interface StatusLine {
  readonly status: number
  readonly reason: string
  readonly minorVersion: number
  readonly end: number
}

export type ResponseHeadResult = { readonly ok: true; readonly head: ResponseHead } | Http1Refusal | typeof INCOMPLETE

/**
 * Reads a response head (RFC 9112 sections 4 to 6) to a request with `method`; `text` is latin1 and ends with the CR LF of
 * its last line. A text that ends inside a line gives INCOMPLETE.
 */
export function parseResponseHead(
  text: string,
  method: string,
  fieldLimit: number,
  memo: FieldMemo,
): ResponseHeadResult {
  const line = parseStatusLine(text)
  if (line === INCOMPLETE || 'ok' in line) return line
  const draft = memo.read(text, line.end, fieldLimit)
  return draft === INCOMPLETE || 'ok' in draft ? draft : assemble(line, draft, method)
}

function parseStatusLine(text: string): StatusLine | Http1Refusal | typeof INCOMPLETE {
  if (text.length < 13 && !text.includes('\n'))
    return 'HTTP/1.'.startsWith(text.slice(0, 7)) ? INCOMPLETE : refusal('bad-status-line', 0)
  const minorVersion = text.charCodeAt(7) - 0x30
  const status = statusAt(text, 9)
  const versionKnown = text.startsWith('HTTP/1.') && (minorVersion === 0 || minorVersion === 1)
  if (!versionKnown || text.charCodeAt(8) !== SPACE || status < 100) return refusal('bad-status-line', 0)
  let at = 12
  // Many servers leave out the space before an empty reason, which is harmless.
  if (text.charCodeAt(at) === SPACE) at++
  else if (text.charCodeAt(at) !== CR)
    return text.charCodeAt(at) === LF ? refusal('bare-lf', at) : refusal('bad-status-line', at)
  const reasonStart = at
  while (FIELD_VALUE[text.charCodeAt(at)] === 1) at++
  if (at + 1 >= text.length)
    return at < text.length && text.charCodeAt(at) !== CR ? byteProblem(text.charCodeAt(at), at) : INCOMPLETE
  if (text.charCodeAt(at) !== CR || text.charCodeAt(at + 1) !== LF) return byteProblem(text.charCodeAt(at), at)
  return { status, reason: text.slice(reasonStart, at), minorVersion, end: at + 2 }
}

/** Three digits from 100 to 599 at `at`, or -1. */
function statusAt(text: string, at: number): number {
  let status = 0
  for (let i = at; i < at + 3; i++) {
    const digit = text.charCodeAt(i) - 0x30
    if (!(digit >= 0 && digit <= 9)) return -1
    status = status * 10 + digit
  }
  return status < 600 ? status : -1
}

function assemble(line: StatusLine, draft: FieldDraft, method: string): ResponseHeadResult {
  const { status, minorVersion } = line
  const framing = framingOf(draft, minorVersion)
  if (!isFraming(framing)) return refusal(framing, line.end)
  const options = connectionOptions(draft.connection, minorVersion)
  const bodyFraming = responseFraming(framing, draft, status, method)
  const head: ResponseHead = {
    status,
    reason: line.reason,
    version: minorVersion === 1 ? 'HTTP/1.1' : 'HTTP/1.0',
    fields: draft.fields,
    framing: bodyFraming,
    contentLength: draft.contentLength,
    keepAlive: options.keepAlive && bodyFraming !== 'until-close',
    connectionNames: options.names,
    upgrade: options.upgrade ? draft.upgrade : undefined,
  }
  return { ok: true, head }
}

/** RFC 9112 section 6.3: HEAD, 1xx, 204 and 304 have no body whatever their fields say. */
function responseFraming(framing: BodyFraming, draft: FieldDraft, status: number, method: string): BodyFraming {
  if (status < 200 || status === 204 || status === 304 || method === 'HEAD') return 'none'
  return framing === 'none' && draft.contentLength !== 0 ? 'until-close' : framing
}
