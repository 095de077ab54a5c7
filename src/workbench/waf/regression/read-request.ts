import { RequestReader } from '#wire'

/** A request as far as it can be read, whether or not a strict reader takes it. Strings are bytes. */
export interface ReadableRequest {
  readonly method: string
  readonly target: string
  readonly version: string
  /** Name, value, name, value ... */
  readonly fields: readonly string[]
  readonly body: string
}

/** Takes a raw request apart without judging it: lines end in CR LF or LF, fields at their first colon. */
export function readRequest(raw: string): ReadableRequest {
  const end = /\r?\n\r?\n/.exec(raw)
  const head = end === null ? raw : raw.slice(0, end.index)
  const rest = end === null ? '' : raw.slice(end.index + end[0].length)
  const [line, ...fieldLines] = head.split(/\r?\n/)
  const { method, target, version } = readRequestLine(line)
  const fields = fieldLines.flatMap((text) => {
    const colon = text.indexOf(':')
    return colon < 0 ? [] : [text.slice(0, colon), text.slice(colon + 1).trim()]
  })
  return { method, target, version, fields, body: bodyOf(fields, rest) }
}

/** Method up to the first blank, version behind the last one, so that a target may hold blanks. */
function readRequestLine(line: string): { method: string; target: string; version: string } {
  const parts = /^\s*(\S*)\s+(.*?)(?:\s+(\S+))?$/.exec(line)
  if (parts === null) return { method: line, target: '', version: '' }
  return { method: parts[1], target: parts[2], version: parts[3] ?? '' }
}

function bodyOf(fields: readonly string[], rest: string): string {
  const value = (name: string): string | undefined => {
    const at = fields.findIndex((field, index) => index % 2 === 0 && field.toLowerCase() === name)
    return at < 0 ? undefined : fields[at + 1]
  }
  if (/chunked/i.test(value('transfer-encoding') ?? '')) return unchunk(rest)
  const length = Number(value('content-length'))
  return Number.isInteger(length) && length >= 0 ? rest.slice(0, length) : ''
}

/** The content of chunks (RFC 9112 section 7.1) up to what is no chunk. */
function unchunk(text: string): string {
  let body = ''
  let at = 0
  for (;;) {
    const size = /^([0-9a-f]+)[^\n]*\n/i.exec(text.slice(at))
    if (size === null) return body
    const length = Number.parseInt(size[1], 16)
    if (length === 0) return body
    at += size[0].length
    body += text.slice(at, at + length)
    at += length
    at += /^\r?\n/.exec(text.slice(at))?.[0].length ?? 0
  }
}

const LIMITS = { headBytes: 64 * 1024, fieldCount: 200, trailerBytes: 8192, chunkExtensionBytes: 4096 }

/** Whether the strict reader of the edge refuses the request. */
export function isRefused(raw: string): boolean {
  const reader = new RequestReader(LIMITS, { onHead() {}, onBody() {}, onEnd() {} })
  reader.feed(Buffer.from(raw, 'latin1'), 0)
  return reader.refusal !== undefined
}
