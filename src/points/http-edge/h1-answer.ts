import type { AnswerHead } from './downstream.ts'
import type { FieldList } from '#wire'

/** How an HTTP/1 answer tells its end. */
export interface AnswerFraming {
  readonly chunked: boolean
  readonly close: boolean
  /** HTTP/1.0 clients must be told that the connection stays. */
  readonly sayKeepAlive: boolean
}

function fieldLines(fields: FieldList): string {
  let text = ''
  for (let i = 0; i < fields.length; i += 2) text += `${fields[i]}: ${fields[i + 1]}\r\n`
  return text
}

/** The head of a final answer, with the empty line. */
export function answerText(head: AnswerHead, framing: AnswerFraming): string {
  let text = `HTTP/1.1 ${head.status} ${head.reason}\r\n${fieldLines(head.fields)}`
  if (framing.chunked) text += 'Transfer-Encoding: chunked\r\n'
  else if (head.contentLength >= 0) text += `Content-Length: ${head.contentLength}\r\n`
  if (framing.close) text += 'Connection: close\r\n'
  else if (framing.sayKeepAlive) text += 'Connection: keep-alive\r\n'
  return `${text}\r\n`
}

/** A 1xx answer. */
export function informationalText(status: number, reason: string, fields: FieldList): string {
  return `HTTP/1.1 ${status} ${reason}\r\n${fieldLines(fields)}\r\n`
}

/** The 101 answer. */
export function switchText(head: AnswerHead, protocol: string): string {
  const line = `HTTP/1.1 101 ${head.reason === '' ? 'Switching Protocols' : head.reason}\r\n`
  return `${line}${fieldLines(head.fields)}Connection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`
}

/** The end of a chunked body. */
export function lastChunkText(trailers: FieldList | undefined): string {
  return trailers === undefined ? '0\r\n\r\n' : `0\r\n${fieldLines(trailers)}\r\n`
}
