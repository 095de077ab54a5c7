import type { Http1Fault } from './faults.ts'

/**
 * Bytes that a client sends on one connection, and what must come of them. `statuses` are those of all final answers in
 * order, when the origin answers each request with 200; after a refusal the connection is closed. `origin` lists the
 * requests that the origin may see, as `METHOD target body`.
 */
export interface FramingCase {
  readonly name: string
  /** latin1 */
  readonly bytes: string
  readonly statuses: readonly number[]
  readonly fault?: Http1Fault
  readonly origin: readonly string[]
  readonly why: string
}

/** A case that is refused before anything reaches the origin. */
export function refused(name: string, bytes: string, status: number, fault: Http1Fault, why: string): FramingCase {
  return { name, bytes, statuses: [status], fault, origin: [], why }
}

/** A case in which every request is answered with 200. */
export function passed(name: string, bytes: string, origin: readonly string[], why: string): FramingCase {
  return { name, bytes, statuses: origin.map(() => 200), origin, why }
}

/** GET with the given field lines besides Host. */
export function get(lines = ''): string {
  return `GET /a HTTP/1.1\r\nHost: a.test\r\n${lines}\r\n`
}

/** POST with the given field lines and body; body text follows the empty line as it is. */
export function post(lines: string, body: string): string {
  return `POST /p HTTP/1.1\r\nHost: a.test\r\n${lines}\r\n${body}`
}

/** POST with a chunked body. */
export function chunked(body: string): string {
  return post('Transfer-Encoding: chunked\r\n', body)
}

/** What an attacker hides behind a message whose end two parsers see in different places. */
export const HIDDEN = 'GET /hidden HTTP/1.1\r\nHost: a.test\r\n\r\n'
