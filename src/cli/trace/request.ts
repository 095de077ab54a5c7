import type { HttpLimits } from '#config'
import { TidegateError } from '#kernel'
import { type Http1Refusal, type RequestHead, RequestReader } from '#wire'

/** A request as it is described on the command line. */
export interface RequestDescription {
  readonly method: string
  /** Absolute: scheme, host, path and query, taken as written. */
  readonly url: string
  /** `Name: value` each. */
  readonly headers: readonly string[]
  /** Content, in UTF-8; empty for none. */
  readonly body: string
}

export type DescribedRequest =
  | { readonly ok: true; readonly secure: boolean; readonly head: RequestHead; readonly bytes: Uint8Array }
  /** What the edge would answer before any rule is asked. */
  | { readonly ok: false; readonly refusal: Http1Refusal }

const URL_PARTS = /^(https?):\/\/([^/?#]+)([^#]*)$/i

/**
 * Reads the request with the parser of the edge, from the bytes that a client would send. The path is not tidied as a
 * browser would, so that `/a/../b` stays what it is.
 * @throws TidegateError ERR_USAGE for a URL or header that cannot be sent at all
 */
export function describeRequest(request: RequestDescription, limits: HttpLimits): DescribedRequest {
  const parts = URL_PARTS.exec(request.url)
  if (parts === null)
    throw usage(`"${request.url}" is no absolute http or https URL`, 'Give for example https://shop.test/cart?item=1.')
  const [, scheme, authority, rest] = parts
  const target = rest.startsWith('/') ? rest : `/${rest}`
  const lines = request.headers.map(checkHeader)
  const has = (name: string): boolean => lines.some((line) => line.toLowerCase().startsWith(`${name}:`))
  const body = Buffer.from(request.body, 'utf8')
  const head = [
    `${request.method} ${target} HTTP/1.1`,
    ...(has('host') ? [] : [`Host: ${authority}`]),
    ...lines,
    ...(body.length === 0 || has('content-length') ? [] : [`Content-Length: ${body.length}`]),
    ...(body.length === 0 || has('content-type') ? [] : ['Content-Type: application/x-www-form-urlencoded']),
    '',
    '',
  ].join('\r\n')
  const headBytes = Buffer.from(head, 'utf8')
  const result = readHead(headBytes, limits)
  return 'fault' in result
    ? { ok: false, refusal: result }
    : { ok: true, secure: scheme.toLowerCase() === 'https', head: result, bytes: Buffer.concat([headBytes, body]) }
}

function checkHeader(line: string): string {
  if (!line.includes(':'))
    throw usage(`--header "${line}" has no colon`, "Give for example --header 'Accept: text/html'.")
  if (/[\r\n]/.test(line))
    throw usage(`--header ${JSON.stringify(line)} holds a line break`, 'Give one header field an option.')
  return line
}

function readHead(bytes: Buffer, limits: HttpLimits): RequestHead | Http1Refusal {
  let head: RequestHead | undefined
  const reader = new RequestReader(limits, {
    onHead: (found) => {
      head = found
    },
    onBody: () => {},
    onEnd: () => {},
  })
  reader.feed(bytes, 0)
  if (head !== undefined) return head
  if (reader.refusal !== undefined) return reader.refusal
  throw new TidegateError('ERR_INVARIANT', 'a whole request head was neither taken nor refused', { source: 'internal' })
}

function usage(message: string, remedy: string): TidegateError {
  return new TidegateError('ERR_USAGE', message, { source: 'client', remedy })
}
