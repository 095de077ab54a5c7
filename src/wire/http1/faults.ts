interface FaultEntry {
  readonly status: number
  readonly help: string
}

/**
 * Every way in which a message can break the rules, with the status that a request is refused with.
 * A response with the same fault is a 502. Names are stable: they stand in events as `http.fault`.
 */
export const HTTP1_FAULTS = {
  'bad-method': { status: 400, help: 'The method is not a token of 1 to 32 characters followed by one space.' },
  'bad-target': {
    status: 400,
    help: 'The target is empty, holds a byte that no URI holds, or is not followed by one space.',
  },
  'bad-target-form': {
    status: 400,
    help: 'The target is neither a path, nor an absolute http URL, nor * with OPTIONS.',
  },
  'connect-refused': { status: 501, help: 'CONNECT asks for a tunnel, which a reverse proxy does not open.' },
  'bad-version': { status: 505, help: 'The version is not HTTP/1.0 or HTTP/1.1.' },
  'bad-request-line': { status: 400, help: 'The request line goes on after the version.' },
  'bad-status-line': { status: 502, help: 'The status line is not "HTTP/1.x NNN reason".' },
  'bare-lf': { status: 400, help: 'A line ends in LF without CR: parsers disagree where such a message ends.' },
  'bare-cr': { status: 400, help: 'A CR is not followed by LF.' },
  'nul-byte': { status: 400, help: 'A head holds a NUL byte.' },
  'control-character': { status: 400, help: 'A field value holds a control character other than tab.' },
  'bad-field-name': {
    status: 400,
    help: 'A field name is empty, is not a token, or has white space before its colon.',
  },
  'folded-line': { status: 400, help: 'A line begins with white space: obsolete line folding.' },
  'missing-colon': { status: 400, help: 'A field line has no colon.' },
  'too-many-fields': { status: 431, help: 'The message has more fields than the limit.' },
  'head-too-large': { status: 431, help: 'The head is larger than the limit.' },
  'uri-too-long': { status: 414, help: 'The request line alone is larger than the limit of the head.' },
  'missing-host': { status: 400, help: 'An HTTP/1.1 request has no Host.' },
  'duplicate-host': { status: 400, help: 'The request has more than one Host.' },
  'bad-host': { status: 400, help: 'Host is not a name or address with an optional port.' },
  'host-mismatch': { status: 400, help: 'Host disagrees with the absolute target.' },
  'bad-content-length': { status: 400, help: 'Content-Length is not 1 to 15 digits.' },
  'duplicate-content-length': { status: 400, help: 'The message has more than one Content-Length.' },
  'content-length-and-transfer-encoding': { status: 400, help: 'Both Content-Length and Transfer-Encoding are given.' },
  'duplicate-transfer-encoding': { status: 400, help: 'The message has more than one Transfer-Encoding.' },
  'transfer-encoding-in-http-1-0': { status: 400, help: 'HTTP/1.0 has no Transfer-Encoding.' },
  'bad-transfer-encoding': {
    status: 400,
    help: 'Transfer-Encoding is not a list of codings that ends in one "chunked".',
  },
  'unsupported-transfer-encoding': { status: 501, help: 'A transfer coding other than chunked is asked for.' },
  'expectation-failed': { status: 417, help: 'Expect is not 100-continue.' },
  'bad-chunk-size': { status: 400, help: 'A chunk size is not 1 to 12 hexadecimal digits.' },
  'bad-chunk-extension': { status: 400, help: 'A chunk extension is not ;name=value with a token or a quoted string.' },
  'chunk-extension-too-large': { status: 400, help: 'The chunk extensions of a message are larger than the limit.' },
  'bad-chunk-end': { status: 400, help: 'The data of a chunk is not followed by CR LF.' },
  'trailers-too-large': { status: 431, help: 'The trailer section is larger than the limit.' },
  'forbidden-trailer': { status: 400, help: 'A trailer field decides about framing, routing or authentication.' },
  'body-cut': { status: 400, help: 'The connection ended inside a message.' },
  'unexpected-bytes': { status: 502, help: 'Bytes came where no message was expected.' },
} as const satisfies Readonly<Record<string, FaultEntry>>

export type Http1Fault = keyof typeof HTTP1_FAULTS

/** Why a message was refused, and where: `offset` counts bytes from the start of the head or of the body. */
export interface Http1Refusal {
  readonly ok: false
  readonly status: number
  readonly fault: Http1Fault
  readonly detail: string
  readonly offset: number
}

/** A refusal with the table's status; `detail` adds what was seen to what the table says. */
export function refusal(fault: Http1Fault, offset: number, detail?: string): Http1Refusal {
  const { status, help } = HTTP1_FAULTS[fault]
  return { ok: false, status, fault, detail: detail === undefined ? help : `${help} (${detail})`, offset }
}
