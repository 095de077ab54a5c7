import { escapeBytes, type RequestSample } from '#detect'
import type { RegressionTest } from '#workbench'
import type { Random } from '../random.ts'

/** A request that no test of CRS has: a payload of one, somewhere else or written otherwise. */
export interface Variation {
  /** Place and way of writing. */
  readonly name: string
  readonly sample: RequestSample
}

interface Place {
  readonly name: string
  readonly make: (payload: string) => RequestSample
}

const FORM = 'application/x-www-form-urlencoded'

const PLACES: readonly Place[] = [
  { name: 'query', make: (payload) => ({ target: `/shop?sort=asc&q=${escapeBytes(payload)}` }) },
  {
    name: 'raw query',
    make: (payload) => ({ target: `/shop?q=${payload.replace(/[\0-\x20\x7f-\xff#]/g, escapeBytes)}` }),
  },
  { name: 'argument name', make: (payload) => ({ target: `/shop?${escapeBytes(payload)}=1` }) },
  { name: 'path', make: (payload) => ({ target: `/shop/${escapeBytes(payload)}/item` }) },
  { name: 'form', make: (payload) => ({ target: '/save', contentType: FORM, body: `a=1&b=${escapeBytes(payload)}` }) },
  { name: 'cookie', make: (payload) => ({ headers: ['Cookie', `theme=dark; pref=${escapeBytes(payload)}`] }) },
  { name: 'user agent', make: (payload) => ({ headers: ['User-Agent', fieldText(payload)] }) },
  { name: 'referer', make: (payload) => ({ headers: ['Referer', `http://www.shop.test/?a=${fieldText(payload)}`] }) },
  { name: 'json', make: (payload) => json({ user: { id: 7, name: payload }, tags: ['a', 'b'] }) },
  { name: 'json array', make: (payload) => json([{ sku: 'A1' }, payload]) },
  { name: 'multipart', make: multipart },
  { name: 'file name', make: fileName },
]

/** Other ways to write the same. */
const WRITINGS: readonly { readonly name: string; readonly write: (payload: string) => string }[] = [
  { name: 'as it is', write: (payload) => payload },
  { name: 'upper case', write: (payload) => payload.replace(/[a-z]/g, (letter) => letter.toUpperCase()) },
  { name: 'mixed case', write: (payload) => payload.replace(/[a-z]/gi, mixedCase) },
  { name: 'escaped twice', write: escapeBytes },
  { name: 'tabs for blanks', write: (payload) => payload.replaceAll(' ', '\t') },
  { name: 'after a word', write: (payload) => `lamp ${payload}` },
]

/** Every chosen payload once in each place; the ways of writing take turns. */
export function variations(tests: readonly RegressionTest[], payloadCount: number, random: Random): Variation[] {
  const payloads = [...new Set(tests.flatMap(payloadsOf))]
  return Array.from({ length: Math.min(payloadCount, payloads.length) }, () =>
    payloads.splice(random.below(payloads.length), 1),
  ).flatMap(([payload], turn) =>
    PLACES.map((place, index) => {
      const writing = WRITINGS[(turn + index) % WRITINGS.length]
      return { name: `${place.name}, ${writing.name}`, sample: place.make(writing.write(payload)) }
    }),
  )
}

const LEAST_BYTES = 3
const MOST_BYTES = 400

/** The values of the arguments that a test sends, decoded once. */
function payloadsOf({ stages }: RegressionTest): string[] {
  return stages.flatMap(({ input: { uri, data } }) => {
    const query = (uri ?? '').split('?').slice(1).join('?')
    const texts = [query, String(data ?? '')].flatMap((text) => text.split('&'))
    return texts
      .map((pair) => decoded(pair.slice(pair.indexOf('=') + 1)))
      .filter((value) => value.length >= LEAST_BYTES && value.length <= MOST_BYTES)
  })
}

function decoded(text: string): string {
  const bytes = Buffer.from(text, 'utf8').toString('latin1').replaceAll('+', ' ')
  return bytes.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

/** What may stand in a header field; the rest is escaped. */
function fieldText(payload: string): string {
  return payload.replace(/[\0-\x1f\x7f]/g, escapeBytes).trim()
}

function mixedCase(letter: string, at: number): string {
  return at % 2 === 0 ? letter.toUpperCase() : letter.toLowerCase()
}

function json(value: unknown): RequestSample {
  return { target: '/api/items', contentType: 'application/json', body: JSON.stringify(value) }
}

function multipart(payload: string): RequestSample {
  const body = `--x1\r\nContent-Disposition: form-data; name="text"\r\n\r\n${payload}\r\n--x1--\r\n`
  return { target: '/save', contentType: 'multipart/form-data; boundary=x1', body }
}

function fileName(payload: string): RequestSample {
  const name = payload.replace(/[\0-\x1f\x7f"\\]/g, '_')
  const body = `--x1\r\nContent-Disposition: form-data; name="f"; filename="${name}"\r\nContent-Type: text/plain\r\n\r\nhello\r\n--x1--\r\n`
  return { target: '/save', contentType: 'multipart/form-data; boundary=x1', body }
}
