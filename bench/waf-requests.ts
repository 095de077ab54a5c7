import type { WafRequest } from '#detect'
import { parseIp } from '#wire'

/** A request as the WAF gets it: the head, and the body as bytes. */
export interface MeasuredRequest {
  readonly request: WafRequest
  readonly body: Uint8Array
}

/** Makes the n-th request of a kind: what a browser repeats stays the same, what a visitor enters is different in each. */
export type RequestMaker = (n: number) => MeasuredRequest

const NO_BODY = new Uint8Array(0)
const CLIENT = parseIp('203.0.113.7')!
const SERVER = parseIp('192.0.2.1')!

const BROWSER: readonly string[] = [
  'Host',
  'www.shop.test',
  'User-Agent',
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  'Accept',
  'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
  'Accept-Language',
  'en-GB,en;q=0.7,pt;q=0.3',
  'Accept-Encoding',
  'gzip, deflate, br, zstd',
  'Referer',
  'https://www.shop.test/catalogue/lamps',
  'Cookie',
  '_ga=GA1.2.1717171717.1690000000; session=5f8b2c9d41e04a7b; theme=dark',
  'Sec-Fetch-Site',
  'same-origin',
  'Sec-Fetch-Mode',
  'navigate',
  'Connection',
  'keep-alive',
]

const WORDS =
  'amber bright calm delta early forest garden harbour island journey kettle lemon market north ocean paper quiet river stone table under velvet window yellow zebra order basket group sort update description'.split(
    ' ',
  )

/** A generator of numbers below 2^32 that starts from a seed: the same requests in every run. */
function numbers(seed: number): () => number {
  let state = (seed + 1) * 0x9e3779b9
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
}

function words(next: () => number, count: number): string {
  return Array.from({ length: count }, () => WORDS[next() % WORDS.length]).join(' ')
}

function head(n: number, method: string, target: string, contentType: string, body: Uint8Array): WafRequest {
  const fields =
    body.length === 0 ? BROWSER : [...BROWSER, 'Content-Type', contentType, 'Content-Length', String(body.length)]
  return {
    ray: `bench${n}`,
    method,
    target,
    version: 'HTTP/1.1',
    fields,
    remoteAddress: CLIENT,
    remotePort: 50_000,
    localAddress: SERVER,
    localPort: 443,
    secure: true,
    receivedMs: 1_760_000_000_000,
  }
}

/** A small GET: ten header fields, three cookies, two arguments. */
export const smallGet: RequestMaker = (n) => {
  const next = numbers(n)
  const target = `/catalogue/lamps?q=${words(next, 2).replaceAll(' ', '+')}+${next() % 10_000}&page=${next() % 1000}`
  return { request: head(n, 'GET', target, '', NO_BODY), body: NO_BODY }
}

/** A form of ten fields and about 0.9 KB. */
export const form: RequestMaker = (n) => {
  const next = numbers(n)
  const fields = Array.from({ length: 10 }, (_, index) => {
    const text = `${words(next, 10)} ${next() % 100_000}`
    return `field${index}=${encodeURIComponent(text).replaceAll('%20', '+')}`
  })
  const body = Buffer.from(fields.join('&'), 'latin1')
  return { request: head(n, 'POST', '/account/address', 'application/x-www-form-urlencoded', body), body }
}

/** A JSON document of about 10 KB with some 490 values. */
export const json: RequestMaker = (n) => {
  const next = numbers(n)
  const items = Array.from({ length: 70 }, () => ({
    id: next() % 1_000_000,
    name: words(next, 2),
    price: (next() % 10_000) / 100,
    inStock: next() % 2 === 0,
    tag: words(next, 1),
    sku: `${(next() % 0xffffff).toString(16)}-${next() % 100}`,
    note: words(next, 3),
  }))
  const body = Buffer.from(JSON.stringify({ items }), 'latin1')
  return { request: head(n, 'POST', '/api/basket', 'application/json', body), body }
}
