import { hostOf, sameAuthority } from './authority.ts'
import { CR, LF, SPACE, TARGET, TOKEN } from './bytes.ts'
import { type Http1Refusal, refusal } from './faults.ts'
import type { FieldMemo } from './field-memo.ts'
import { byteProblem, type FieldDraft, INCOMPLETE } from './fields.ts'
import { connectionOptions, framingOf, isFraming } from './framing.ts'
import type { RequestHead } from './head.ts'

const MAX_METHOD_LENGTH = 32

interface RequestLine {
  readonly method: string
  readonly target: string
  readonly minorVersion: number
  /** Index of the first byte after the line's CR LF. */
  readonly end: number
}

export type RequestHeadResult = { readonly ok: true; readonly head: RequestHead } | Http1Refusal | typeof INCOMPLETE

/**
 * Reads a request head (RFC 9112 sections 2 to 6): `text` is latin1 and ends with the CR LF of its last line.
 * The first fault from the left is the one that is reported; faults of the whole come last.
 * A text that ends inside a line gives INCOMPLETE.
 */
export function parseRequestHead(text: string, fieldLimit: number, memo: FieldMemo): RequestHeadResult {
  const line = parseRequestLine(text)
  if (line === INCOMPLETE || 'ok' in line) return line
  const draft = memo.read(text, line.end, fieldLimit)
  return draft === INCOMPLETE || 'ok' in draft ? draft : assemble(line, draft)
}

function parseRequestLine(text: string): RequestLine | Http1Refusal | typeof INCOMPLETE {
  let at = 0
  while (TOKEN[text.charCodeAt(at)] === 1) at++
  if (at > MAX_METHOD_LENGTH) return refusal('bad-method', MAX_METHOD_LENGTH)
  if (at >= text.length) return INCOMPLETE
  if (at === 0 || text.charCodeAt(at) !== SPACE) return lineProblem(text, at, 'bad-method')
  const method = text.slice(0, at)
  const targetStart = ++at
  while (TARGET[text.charCodeAt(at)] === 1) at++
  if (at >= text.length) return INCOMPLETE
  if (at === targetStart || text.charCodeAt(at) !== SPACE) return lineProblem(text, at, 'bad-target')
  const target = text.slice(targetStart, at++)
  const version = text.slice(at, at + 8)
  if (version !== 'HTTP/1.1' && version !== 'HTTP/1.0') {
    const lineEnd = text.indexOf('\n', at)
    return lineEnd < 0 && version.length < 8 ? INCOMPLETE : versionProblem(text, at)
  }
  at += 8
  if (at + 1 >= text.length)
    return at < text.length && text.charCodeAt(at) !== CR ? lineProblem(text, at, 'bad-request-line') : INCOMPLETE
  if (text.charCodeAt(at) !== CR || text.charCodeAt(at + 1) !== LF) return lineProblem(text, at, 'bad-request-line')
  return { method, target, minorVersion: version.charCodeAt(7) - 0x30, end: at + 2 }
}

function versionProblem(text: string, at: number): Http1Refusal {
  for (let i = at; i < at + 8; i++) {
    const code = text.charCodeAt(i)
    if (code === LF) return refusal('bare-lf', i)
    if (code === CR) return refusal(text.charCodeAt(i + 1) === LF ? 'bad-version' : 'bare-cr', i)
    if (code === SPACE && i === at) return refusal('bad-request-line', i)
  }
  return refusal('bad-version', at)
}

function lineProblem(
  text: string,
  at: number,
  fault: 'bad-method' | 'bad-target' | 'bad-request-line',
): Http1Refusal | typeof INCOMPLETE {
  const code = text.charCodeAt(at)
  if (code === LF || code === 0) return byteProblem(code, at)
  if (code === CR) {
    if (at + 1 >= text.length) return INCOMPLETE
    if (text.charCodeAt(at + 1) !== LF) return refusal('bare-cr', at)
  }
  return refusal(fault, at)
}

function assemble(line: RequestLine, draft: FieldDraft): RequestHeadResult {
  const { method, target, minorVersion } = line
  if (method === 'CONNECT') return refusal('connect-refused', 0)
  const form = targetForm(method, target)
  if (form === undefined) return refusal('bad-target-form', method.length + 1)
  const authority = form.authority ?? draft.host
  const hostFault = checkHost(draft.host, form, minorVersion)
  if (hostFault !== undefined) return refusal(hostFault, line.end)
  const framing = framingOf(draft, minorVersion)
  if (!isFraming(framing)) return refusal(framing, line.end)
  // HTTP/1.0 has no expectations (RFC 9110 section 10.1.1).
  const expect = minorVersion === 0 ? undefined : draft.expect
  if (expect !== undefined && expect.toLowerCase() !== '100-continue') return refusal('expectation-failed', line.end)
  const options = connectionOptions(draft.connection, minorVersion)
  const head: RequestHead = {
    method,
    target,
    originTarget: form.originTarget,
    version: minorVersion === 1 ? 'HTTP/1.1' : 'HTTP/1.0',
    fields: draft.fields,
    authority: authority ?? '',
    framing,
    contentLength: draft.contentLength,
    keepAlive: options.keepAlive,
    connectionNames: options.names,
    upgrade: options.upgrade && minorVersion === 1 ? draft.upgrade : undefined,
    expectsContinue: expect !== undefined,
    acceptsTrailers:
      draft.te !== undefined &&
      draft.te
        .toLowerCase()
        .split(',')
        .some((name) => name.trim() === 'trailers'),
  }
  return { ok: true, head }
}

interface TargetForm {
  readonly originTarget: string
  readonly authority: string | undefined
  readonly defaultPort: number
}

/** RFC 9112 section 3.2. A fragment never reaches a server, so a `#` makes the target illegal. */
function targetForm(method: string, target: string): TargetForm | undefined {
  if (target.includes('#')) return undefined
  if (target.charCodeAt(0) === 0x2f) return { originTarget: target, authority: undefined, defaultPort: 80 }
  if (target === '*')
    return method === 'OPTIONS' ? { originTarget: '*', authority: undefined, defaultPort: 80 } : undefined
  const scheme = target.slice(0, 8).toLowerCase()
  const secure = scheme === 'https://'
  if (!secure && !scheme.startsWith('http://')) return undefined
  const start = secure ? 8 : 7
  let end = start
  while (end < target.length && target[end] !== '/' && target[end] !== '?') end++
  const rest = target.slice(end)
  const originTarget = rest === '' && method === 'OPTIONS' ? '*' : rest.startsWith('/') ? rest : `/${rest}`
  return { originTarget, authority: target.slice(start, end), defaultPort: secure ? 443 : 80 }
}

function checkHost(host: string | undefined, form: TargetForm, minorVersion: number) {
  if (host === undefined && minorVersion === 1) return 'missing-host' as const
  if (host !== undefined && hostOf(host) === undefined) return 'bad-host' as const
  if (form.authority === undefined) return undefined
  if (hostOf(form.authority) === undefined) return 'bad-host' as const
  if (host !== undefined && !sameAuthority(host, form.authority, form.defaultPort)) return 'host-mismatch' as const
  return undefined
}
