/** How a request or a session breaks the rules of HTTP/2. Names are stable: they stand in events as `http.fault`. */
export const HTTP2_FAULTS = {
  'bad-pseudo-headers': { status: 400, help: 'A pseudo-header is missing, repeated, unknown or misplaced.' },
  'bad-scheme': { status: 400, help: ':scheme is not https on an encrypted connection.' },
  'bad-method': { status: 400, help: ':method is not a token of 1 to 32 characters.' },
  'bad-target': { status: 400, help: ':path is not a path that HTTP/1.1 would accept.' },
  'bad-host': { status: 400, help: ':authority or Host is not a name or address with an optional port.' },
  'missing-host': { status: 400, help: 'Neither :authority nor Host is given.' },
  'duplicate-host': { status: 400, help: 'The request has more than one Host.' },
  'host-mismatch': { status: 400, help: ':authority disagrees with Host.' },
  'connection-field': { status: 400, help: 'A field of HTTP/1 connections, or TE other than trailers, is given.' },
  'bad-content-length': {
    status: 400,
    help: 'Content-Length is repeated, not 1 to 15 digits, or contradicts the stream.',
  },
  'expectation-failed': { status: 417, help: 'Expect is not 100-continue.' },
  'connect-refused': { status: 501, help: 'CONNECT asks for a tunnel, which a reverse proxy does not open.' },
  'too-many-fields': { status: 431, help: 'The request has more fields than the limit.' },
  'head-too-large': { status: 431, help: 'The header list is larger than the limit.' },
  'forbidden-trailer': { status: 400, help: 'A trailer field decides about framing, routing or authentication.' },
  'trailers-too-large': { status: 431, help: 'The trailers are larger than the limit.' },
  'body-timeout': { status: 408, help: 'The body made no progress for too long.' },
  'http2-rapid-reset': { status: 0, help: 'The client reset more streams within a second than the limit.' },
  'http2-ping-flood': { status: 0, help: 'The client sent too many PING frames within a second.' },
  'http2-settings-flood': { status: 0, help: 'The client sent too many SETTINGS frames within a second.' },
  'http2-priority-flood': { status: 0, help: 'The client sent too many PRIORITY frames within a second.' },
  'http2-continuation-flood': { status: 0, help: 'A header block went on over too many CONTINUATION frames.' },
  'http2-invalid-frames': { status: 0, help: 'The client sent too many frames that break the rules or are empty.' },
  'http2-window-stall': { status: 0, help: 'The client asked for an answer and did not take it for too long.' },
  'http2-too-many-streams': { status: 0, help: 'The client opened more streams at a time than were announced to it.' },
  'http2-refused-stream': {
    status: 0,
    help: 'The library reset a request while it read its head: fields that break RFC 9113 section 8, or far too large.',
  },
  'http2-protocol-error': { status: 0, help: 'The client broke the framing of HTTP/2.' },
} as const satisfies Readonly<Record<string, { readonly status: number; readonly help: string }>>

export type Http2Fault = keyof typeof HTTP2_FAULTS
