import { Dice } from '../../waf/dice.ts'
import type { FactRow } from '../population/fact-row.ts'
import { type ClientProfile, PROFILES } from './client-profiles.ts'

export const HEX = '0123456789abcdef'
const START_MICROS = 1_795_300_000_000_000
const HOUR_MICROS = 3_600_000_000

const LANGUAGES = [
  'en-US,en;q=0.9',
  'en-US,en;q=0.5',
  'de-DE,de;q=0.9,en;q=0.8',
  'pt-PT,pt;q=0.9',
  'fr-FR,fr;q=0.9',
  'es-ES,es;q=0.9',
]
const HOSTS = [
  'www.shop.test',
  'www.shop.test',
  'www.shop.test',
  'api.shop.test',
  'cdn.shop.test',
  'blog.shop.test',
  'login.shop.test',
]
const COUNTRIES = 'US DE GB FR ES PT BR IN CN JP NL PL IT CA AU SE RU KR SG MX'.split(' ')
const WORDS = 'red blue shoe shirt lamp table chair phone case watch ring book pen desk bag hat coat sock'.split(' ')

/** A person or machine: the address, the program and the session stay the same over its requests. */
export interface Visitor {
  readonly address: number
  readonly country: string
  readonly asn: number
  readonly profile: ClientProfile
  readonly userAgent: string
  readonly ja4: string
  readonly language: string
  readonly session: string | undefined
  readonly isConsenting: boolean
}

/** What one request says besides who sends it. */
export interface Ask {
  readonly method: string
  readonly host: string
  readonly path: string
  readonly query: string
  readonly referer?: string | undefined
  readonly bodySize?: number | undefined
  readonly mime?: string | undefined
  readonly code: number
}

/** Ordinary visitors of a shop, with sessions, static files, an API and a few machines. */
export class GoodHttp {
  readonly dice: Dice
  readonly visitors: readonly Visitor[]
  readonly paths: readonly string[]

  constructor(seed: number, visitors = 6_000) {
    this.dice = new Dice(seed)
    this.paths = Array.from({ length: 1_500 }, (_, i) => `/products/${this.word()}-${this.word()}-${1000 + i}`)
    this.visitors = Array.from({ length: visitors }, () => this.visitor())
  }

  word(): string {
    return this.dice.pick(WORDS)
  }

  address(): number {
    const { dice } = this
    // Networks are not equally popular.
    const first = 11 + Math.floor(dice.fraction() ** 2 * 210)
    return first * 2 ** 24 + dice.integer(0, 255) * 2 ** 16 + dice.integer(0, 255) * 256 + dice.integer(1, 254)
  }

  visitor(profile: ClientProfile = this.profile()): Visitor {
    const { dice } = this
    const address = this.address()
    const returning = profile.isBrowser && dice.chance(0.8)
    return {
      address,
      country: COUNTRIES[Math.floor(address / 2 ** 24) % COUNTRIES.length],
      asn: 1000 + (Math.floor(address / 2 ** 16) % 900),
      profile,
      userAgent: profile.userAgents[Math.floor(dice.fraction() ** 2 * profile.userAgents.length)],
      ja4: profile.ja4[Math.floor(dice.fraction() ** 2 * profile.ja4.length)],
      language: dice.pick(LANGUAGES),
      session: returning ? dice.text(HEX, 32) : undefined,
      isConsenting: dice.chance(0.7),
    }
  }

  profile(): ClientProfile {
    let at = this.dice.fraction() * PROFILES.reduce((sum, { weight }) => sum + weight, 0)
    return PROFILES.find(({ weight }) => (at -= weight) < 0) ?? PROFILES[0]
  }

  pickVisitor(): Visitor {
    return this.visitors[Math.floor(this.dice.fraction() ** 2.5 * this.visitors.length)]
  }

  path(): string {
    return this.paths[Math.floor(this.dice.fraction() ** 3 * this.paths.length)]
  }

  time(): number {
    return START_MICROS + Math.floor(this.dice.fraction() * HOUR_MICROS)
  }

  /** One request of an ordinary visitor. */
  row(): FactRow {
    const visitor = this.pickVisitor()
    return this.request(visitor, this.ask(visitor))
  }

  rows(count: number): FactRow[] {
    return Array.from({ length: count }, () => this.row())
  }

  ask(visitor: Visitor): Ask {
    const { dice } = this
    const code = dice.chance(0.94) ? 200 : dice.pick([302, 304, 404, 404, 500])
    if (!visitor.profile.isBrowser && visitor.profile.name !== 'crawler') {
      const query = dice.chance(0.4) ? `page=${dice.integer(1, 40)}` : ''
      const method = dice.chance(0.15) ? 'POST' : 'GET'
      const body = method === 'POST' ? { bodySize: dice.integer(20, 900), mime: 'application/json' } : {}
      return {
        method,
        host: 'api.shop.test',
        path: `/api/v1/${dice.pick(['items', 'cart', 'user', 'orders'])}/${dice.integer(1, 9999)}`,
        query,
        code,
        ...body,
      }
    }
    const turn = dice.fraction()
    if (turn < 0.03) {
      const body = { bodySize: dice.integer(40, 160), mime: 'application/x-www-form-urlencoded' }
      const referer = 'https://login.shop.test/login'
      return {
        method: 'POST',
        host: 'login.shop.test',
        path: '/login',
        query: '',
        referer,
        code: dice.chance(0.85) ? 302 : 200,
        ...body,
      }
    }
    const host = dice.pick(HOSTS)
    const referer = dice.chance(0.75) ? `https://www.shop.test${this.path()}` : undefined
    if (turn < 0.09) return { method: 'GET', host: 'login.shop.test', path: '/login', query: '', referer, code: 200 }
    if (turn < 0.19)
      return {
        method: 'GET',
        host: 'www.shop.test',
        path: '/search',
        query: `q=${this.word()}+${this.word()}&page=${dice.integer(1, 9)}`,
        referer,
        code,
      }
    if (turn < 0.29)
      return {
        method: 'GET',
        host,
        path: '/',
        query: dice.chance(0.2) ? `utm_source=${this.word()}` : '',
        referer,
        code,
      }
    if (turn < 0.6) {
      const file = `/static/${dice.pick(['js', 'css', 'img'])}/${this.word()}.${dice.integer(100, 300)}.${dice.pick(['js', 'css', 'png', 'webp'])}`
      return {
        method: 'GET',
        host: 'cdn.shop.test',
        path: file,
        query: dice.chance(0.3) ? `v=${dice.integer(100, 130)}` : '',
        referer,
        code,
      }
    }
    if (turn < 0.64)
      return {
        method: 'POST',
        host: 'www.shop.test',
        path: '/cart',
        query: '',
        referer,
        bodySize: dice.integer(30, 400),
        mime: 'application/x-www-form-urlencoded',
        code,
      }
    return {
      method: 'GET',
      host: host === 'api.shop.test' ? 'www.shop.test' : host,
      path: this.path(),
      query: dice.chance(0.15) ? `ref=${this.word()}` : '',
      referer,
      code,
    }
  }

  /** The row that a recorder writes of a request. `changes` takes the place of facts; undefined takes one out. */
  request(visitor: Visitor, ask: Ask, changes: Readonly<Record<string, FactRow['facts'][string]>> = {}): FactRow {
    const { profile } = visitor
    const cookies = profile.isBrowser ? cookiesOf(visitor) : []
    const headers = headersOf(visitor, ask, cookies)
    const facts = {
      'ip.src': visitor.address,
      'ip.src.country': visitor.country,
      'ip.src.asnum': visitor.asn,
      'tcp.srcport': this.dice.integer(1024, 65535),
      ssl: true,
      'tls.version': 'TLSv1.3',
      'tls.ja4': visitor.ja4,
      'http.request.method': ask.method,
      'http.request.version': profile.version,
      'http.host': ask.host,
      'http.request.uri.path': ask.path,
      'http.request.uri.query': ask.query,
      'http.request.headers': headers,
      'http.request.headers.names': [...headers.keys()],
      'http.request.header_order': orderHash([...headers.keys()]),
      'http.user_agent': visitor.userAgent,
      'http.referer': ask.referer,
      'http.request.cookies.names': cookies.length === 0 ? undefined : cookies.map(([name]) => name),
      'http.cookie': cookies.length === 0 ? undefined : cookies.map(([name, value]) => `${name}=${value}`).join('; '),
      'http.request.body.size': ask.bodySize ?? 0,
      'http.request.body.mime': ask.mime,
      'http.response.code': ask.code,
      'http.response.body.size': this.dice.integer(200, 40_000),
      'http.response.duration': this.dice.integer(2, 400),
      ...changes,
    }
    return { timeMicros: this.time(), facts }
  }
}

function cookiesOf(visitor: Visitor): [string, string][] {
  if (visitor.session === undefined) return []
  const cookies: [string, string][] = [['sid', visitor.session]]
  if (visitor.isConsenting)
    cookies.push(['_ga', `GA1.2.${visitor.address % 1_000_000_000}.1795000000`], ['consent', 'yes'])
  return cookies
}

function headersOf(visitor: Visitor, ask: Ask, cookies: readonly (readonly [string, string])[]): Map<string, string[]> {
  const { profile } = visitor
  const values: Readonly<Record<string, string | undefined>> = {
    host: ask.host,
    connection: profile.version === 'HTTP/2' ? undefined : 'keep-alive',
    'user-agent': visitor.userAgent,
    accept: profile.accept,
    'accept-encoding': profile.isBrowser ? 'gzip, deflate, br' : 'gzip',
    'accept-language': visitor.language,
    referer: ask.referer,
    cookie: cookies.length === 0 ? undefined : '#3f2a9c1b77de',
    authorization: '#8812ac01ff0e',
    'x-app-version': '4.31',
    from: 'googlebot(at)googlebot.com',
    'sec-ch-ua': '"Chromium";v="130", "Not?A_Brand";v="99"',
    'sec-ch-ua-mobile': '?0',
    'sec-ch-ua-platform': '"Windows"',
    'upgrade-insecure-requests': '1',
    'sec-fetch-site': 'same-origin',
    'sec-fetch-mode': 'navigate',
    'sec-fetch-dest': 'document',
  }
  const headers = new Map<string, string[]>()
  for (const name of profile.headers) {
    const value = values[name]
    if (value !== undefined) headers.set(name, [value])
  }
  if (ask.mime !== undefined) headers.set('content-type', [ask.mime])
  return headers
}

/** A short hash that is equal for equal orders of names. */
export function orderHash(names: readonly string[]): string {
  let hash = 0x811c9dc5
  for (const name of names) {
    for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193)
    hash = Math.imul(hash ^ 0x2c, 0x01000193)
  }
  return (hash >>> 0).toString(16).padStart(8, '0').repeat(2)
}
