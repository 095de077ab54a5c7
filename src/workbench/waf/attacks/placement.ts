import { escapeBytes, type RequestSample } from '#detect'

/** One way to put a payload into a request. */
export interface Place {
  readonly name: string
  readonly make: (payload: string) => RequestSample
}

const FORM = 'application/x-www-form-urlencoded'

/** The place where every payload is tried. */
export const QUERY_ARGUMENT: Place = {
  name: 'query',
  make: (payload) => ({ target: `/item?id=${escapeBytes(payload)}&lang=en` }),
}

/** The other places that applications read values from. */
export const PLACES: readonly Place[] = [
  {
    name: 'form',
    make: (payload) => ({ target: '/save', contentType: FORM, body: `a=1&name=${escapeBytes(payload)}&b=2` }),
  },
  { name: 'json', make: (payload) => json({ user: { id: 7, name: payload }, tags: ['a', 'b'] }) },
  { name: 'multipart', make: multipart },
  {
    name: 'cookie',
    make: (payload) => ({ target: '/', headers: ['Cookie', `theme=dark; pref=${escapeBytes(payload)}`] }),
  },
  { name: 'json-array', make: (payload) => json({ items: [{ sku: 'A1' }, { sku: payload }] }) },
]

/** The same payload as somebody sends it who knows that a filter stands before the application. */
export const DISGUISES: readonly Place[] = [
  { name: 'twice-escaped', make: (payload) => ({ target: `/item?id=${escapeBytes(escapeBytes(payload))}` }) },
  { name: 'unicode-escapes', make: (payload) => jsonText(`{"q":"${unicodeEscapes(payload)}"}`) },
  { name: 'entities', make: (payload) => ({ target: `/item?id=${escapeBytes(entities(payload))}` }) },
  { name: 'base64', make: (payload) => json({ data: Buffer.from(payload, 'latin1').toString('base64') }) },
  {
    name: 'json-in-form',
    make: (payload) => ({
      target: '/save',
      contentType: FORM,
      body: `data=${escapeBytes(JSON.stringify({ a: payload }))}`,
    }),
  },
  { name: 'percent-u', make: (payload) => ({ target: `/item?id=${percentU(payload)}` }) },
]

function json(value: unknown): RequestSample {
  return jsonText(JSON.stringify(value))
}

function jsonText(body: string): RequestSample {
  return { method: 'POST', target: '/api/items', contentType: 'application/json', body }
}

function multipart(payload: string): RequestSample {
  const body = `--x\r\nContent-Disposition: form-data; name="text"\r\n\r\n${payload}\r\n--x--\r\n`
  return { method: 'POST', target: '/save', contentType: 'multipart/form-data; boundary=x', body }
}

function unicodeEscapes(text: string): string {
  return text.replace(/[^A-Za-z0-9 ]/g, (byte) => `\\u${byte.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function entities(text: string): string {
  return text.replace(/[<>"'()=]/g, (byte) => `&#x${byte.charCodeAt(0).toString(16)};`)
}

function percentU(text: string): string {
  return text.replace(/[^A-Za-z0-9]/g, (byte) => `%u00${byte.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
