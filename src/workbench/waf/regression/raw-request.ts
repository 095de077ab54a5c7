import type { StageInput } from './regression-test.ts'

/** The bytes of a text: UTF-8, as the tests are written, one character a byte. */
function bytesOf(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}

/**
 * The bytes that a stage puts on the wire, one character a byte. Headers that go-ftw adds by itself are added here as well,
 * unless the stage forbids it: Connection, and for a body Content-Length and Content-Type.
 */
export function rawRequest(input: StageInput): string {
  if (input.encoded_request !== undefined) return Buffer.from(input.encoded_request, 'base64').toString('latin1')
  const body = bytesOf(String(input.data ?? ''))
  const fields = Object.entries(input.headers ?? {}).map(([name, value]) => [
    bytesOf(name),
    bytesOf(String(value ?? '')),
  ])
  const names = new Set(fields.map(([name]) => name.toLowerCase()))
  const complete = (name: string, value: string): void => {
    if (!names.has(name.toLowerCase())) fields.push([name, value])
  }
  if (input.autocomplete_headers !== false) {
    complete('Connection', 'close')
    if (body !== '') {
      complete('Content-Length', String(body.length))
      complete('Content-Type', 'application/x-www-form-urlencoded')
    }
  }
  const line = `${input.method ?? 'GET'} ${bytesOf(input.uri ?? '/')} ${input.version ?? 'HTTP/1.1'}`
  return `${[line, ...fields.map(([name, value]) => `${name}: ${value}`)].join('\r\n')}\r\n\r\n${body}`
}
