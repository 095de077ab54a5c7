import type { Http2Fault } from './h2-faults.ts'

/** Errors of the HTTP/2 library by code, then by number where one code stands for many. */
const BY_CODE: Readonly<Record<string, Http2Fault>> = {
  ERR_HTTP2_TOO_MANY_INVALID_FRAMES: 'http2-invalid-frames',
}

/** A client that goes away, or says GOAWAY with an error, broke nothing of ours. */
const ORDINARY: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ERR_HTTP2_SESSION_ERROR'])

/** nghttp2's number for a connection that broke the protocol, whichever rule it was. */
const PROTOCOL_ERROR = -505

/**
 * The fault that the error of a session stands for; undefined when the client merely went away. The library names few:
 * with `allStreamsOpen` a broken protocol most likely means one stream too many.
 */
export function sessionErrorFault(error: Error, allStreamsOpen: boolean): Http2Fault | undefined {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (ORDINARY.has(code)) return undefined
  const known = BY_CODE[code]
  if (known !== undefined) return known
  if (error.message.includes('CONTINUATION')) return 'http2-continuation-flood'
  const errno = 'errno' in error ? error.errno : undefined
  return allStreamsOpen && errno === PROTOCOL_ERROR ? 'http2-too-many-streams' : 'http2-protocol-error'
}
