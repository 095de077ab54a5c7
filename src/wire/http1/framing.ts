import type { FieldDraft } from './fields.ts'
import type { Http1Fault } from './faults.ts'
import type { BodyFraming } from './head.ts'

/** Tells a framing from a fault. */
export function isFraming(value: BodyFraming | Http1Fault): value is BodyFraming {
  return value === 'none' || value === 'length' || value === 'chunked'
}

/** `chunked`, in any case, without parameters. */
function isChunked(value: string): boolean {
  return value.length === 7 && value.toLowerCase() === 'chunked'
}

/**
 * The framing of a message that has a body by its fields (RFC 9112 section 6.3), or the fault that forbids to guess.
 * Content-Length and Transfer-Encoding together are always refused: two readers would find two ends.
 */
export function framingOf(draft: FieldDraft, minorVersion: number): BodyFraming | Http1Fault {
  const coding = draft.transferEncoding
  if (coding === undefined) return draft.contentLength > 0 ? 'length' : 'none'
  if (minorVersion === 0) return 'transfer-encoding-in-http-1-0'
  if (draft.contentLength !== -1) return 'content-length-and-transfer-encoding'
  if (isChunked(coding)) return 'chunked'
  return unsupportedCoding(coding)
}

// Only codings that exist get 501 (RFC 9112 section 6.1): a misspelt or repeated "chunked" is an attack, not a wish.
function unsupportedCoding(coding: string): Http1Fault {
  const names = coding
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
  const known = names.every(
    (name) => name === 'gzip' || name === 'deflate' || name === 'compress' || name === 'chunked',
  )
  const chunkedTwice = names.indexOf('chunked') !== names.lastIndexOf('chunked')
  return known && !chunkedTwice && names.at(-1) === 'chunked'
    ? 'unsupported-transfer-encoding'
    : 'bad-transfer-encoding'
}

export interface ConnectionOptions {
  readonly keepAlive: boolean
  readonly upgrade: boolean
  readonly names: readonly string[] | undefined
}

const KEEP: ConnectionOptions = { keepAlive: true, upgrade: false, names: undefined }
const CLOSE: ConnectionOptions = { keepAlive: false, upgrade: false, names: undefined }

/** Reads the Connection field (RFC 9110 section 7.6.1). `close` wins over `keep-alive`. */
export function connectionOptions(connection: string | undefined, minorVersion: number): ConnectionOptions {
  if (connection === undefined) return minorVersion === 1 ? KEEP : CLOSE
  if (connection === 'keep-alive') return KEEP
  if (connection === 'close') return CLOSE
  let close = minorVersion === 0
  let sawClose = false
  let upgrade = false
  const names: string[] = []
  for (const part of connection.toLowerCase().split(',')) {
    const option = part.trim()
    if (option === 'close') sawClose = true
    else if (option === 'keep-alive') close = false
    else if (option === 'upgrade') upgrade = true
    else if (option !== '') names.push(option)
  }
  return { keepAlive: !close && !sawClose, upgrade, names: names.length === 0 ? undefined : names }
}
