import { Dice } from '../../waf/dice.ts'
import type { FactRow } from '../population/fact-row.ts'
import { PROFILES } from './client-profiles.ts'
import { type Ask, GoodHttp, HEX, orderHash, type Visitor } from './good-http.ts'
import type { Mix } from './mix.ts'

const [CHROME, , , , , SCRIPT] = PROFILES
const LOGIN = (world: GoodHttp): Ask => ({
  method: 'POST',
  host: 'login.shop.test',
  path: '/login',
  query: '',
  bodySize: world.dice.integer(40, 160),
  mime: 'application/x-www-form-urlencoded',
  code: 200,
})

/** What makes the rows of one attack. `bots` are its machines. */
type Attack = (world: GoodHttp, bots: readonly Visitor[]) => FactRow

interface HttpMix {
  readonly name: string
  readonly known: readonly string[]
  readonly attack: Attack
  /** Machines of the attack. */
  readonly bots?: (world: GoodHttp) => readonly Visitor[]
  /** Share of the bad rows that are good: marked by mistake. */
  readonly noise?: number
}

function botnet(size: number, change: (bot: Visitor, world: GoodHttp) => Partial<Visitor> = () => ({})) {
  return (world: GoodHttp): Visitor[] =>
    Array.from({ length: size }, () => {
      const bot = world.visitor(CHROME)
      return { ...bot, session: undefined, ...change(bot, world) }
    })
}

function httpMix({ name, known, attack, bots = botnet(4_000), noise = 0 }: HttpMix): Mix {
  return {
    name,
    kind: 'http',
    labels: 'trusted',
    known,
    make: (seed, badRows, goodRows) => {
      const world = new GoodHttp(seed)
      const machines = bots(world)
      const marks = new Dice(seed + 99)
      const isAttack = Array.from({ length: badRows }, () => !marks.chance(noise))
      const bad = isAttack.map((is) => (is ? attack(world, machines) : world.row()))
      return { bad, good: world.rows(goodRows), isAttack: (row) => isAttack[row] }
    },
  }
}

function withHeaders(row: FactRow, change: (headers: Map<string, readonly string[]>) => void): FactRow {
  const headers = new Map(row.facts['http.request.headers'] as ReadonlyMap<string, readonly string[]>)
  change(headers)
  const names = [...headers.keys()]
  return {
    timeMicros: row.timeMicros,
    facts: {
      ...row.facts,
      'http.request.headers': headers,
      'http.request.headers.names': names,
      'http.request.header_order': orderHash(names),
    },
  }
}

function reordered(row: FactRow, order: readonly string[]): FactRow {
  return withHeaders(row, (headers) => {
    const old = new Map(headers)
    headers.clear()
    for (const name of order) if (old.has(name)) headers.set(name, old.get(name)!)
    for (const [name, value] of old) headers.set(name, value)
  })
}

const page = (world: GoodHttp): Ask => ({
  method: 'GET',
  host: 'www.shop.test',
  path: world.path(),
  query: '',
  referer: undefined,
  code: 200,
})

/** Attacks on sites and APIs by requests that are marked as bad. */
export const HTTP_MIXES: readonly Mix[] = [
  httpMix({
    name: 'login flood of browsers without referer and session',
    known: ['http.request.method == "POST" and http.request.uri.path == "/login" and not len(http.referer) >= 0'],
    attack: (world, bots) => world.request(world.dice.pick(bots), LOGIN(world)),
  }),
  httpMix({
    name: 'credential stuffing by one tool, header order of its own',
    known: [
      `http.request.header_order == "${orderHash(['accept', 'host', 'user-agent', 'accept-encoding', 'accept-language', 'content-type', 'sec-ch-ua', 'sec-ch-ua-mobile', 'sec-ch-ua-platform', 'upgrade-insecure-requests', 'sec-fetch-site', 'sec-fetch-mode', 'sec-fetch-dest', 'referer'])}"`,
    ],
    attack: (world, bots) =>
      reordered(world.request(world.dice.pick(bots), { ...LOGIN(world), referer: 'https://login.shop.test/login' }), [
        'accept',
        'host',
        'user-agent',
        'accept-encoding',
        'accept-language',
        'content-type',
      ]),
  }),
  httpMix({
    name: 'scanner of backup files from everywhere',
    known: ['http.request.uri.path.extension in {"bak" "env" "old" "sql"}'],
    attack: (world, bots) => {
      const path = `/${world.word()}/${world.dice.text(HEX, 4)}.${world.dice.pick(['bak', 'env', 'old', 'sql'])}`
      return world.request(world.dice.pick(bots), { ...page(world), path, code: 404 })
    },
  }),
  httpMix({
    name: 'scanner in one network, ordinary paths',
    known: ['ip.src in {45.12.0.0/22}'],
    bots: (world) =>
      Array.from({ length: 700 }, () => ({
        ...world.visitor(),
        address: 45 * 2 ** 24 + 12 * 2 ** 16 + world.dice.integer(0, 1023),
      })),
    attack: (world, bots) => {
      const bot = world.dice.pick(bots)
      return world.request(bot, world.ask(bot))
    },
  }),
  httpMix({
    name: 'cache busting by a random argument',
    known: ['len(http.request.uri.args["cb"]) > 0'],
    bots: (world) => Array.from({ length: 5_000 }, () => world.visitor()),
    attack: (world, bots) =>
      world.request(world.dice.pick(bots), { ...page(world), path: '/', query: `cb=${world.dice.text(HEX, 12)}` }),
  }),
  httpMix({
    name: 'cache busting that reuses the name of a good argument',
    known: ['http.request.uri.args["v"][0] matches "^[0-9a-f]{10}$"'],
    bots: (world) => Array.from({ length: 5_000 }, () => world.visitor()),
    attack: (world, bots) => {
      const query = `v=${world.dice.text(HEX, 10)}`
      return world.request(world.dice.pick(bots), { ...page(world), path: `/static/js/${world.word()}.200.js`, query })
    },
  }),
  httpMix({
    name: 'scraping of products by a cookie-less farm of browsers',
    known: [
      'starts_with(http.request.uri.path, "/products/") and not len(http.referer) >= 0 and tls.ja4 == "t13d1516h2_8daaf6152771_d8a2da3f94cd"',
    ],
    bots: botnet(900, () => ({ ja4: 't13d1516h2_8daaf6152771_d8a2da3f94cd' })),
    attack: (world, bots) => world.request(world.dice.pick(bots), page(world)),
  }),
  httpMix({
    name: 'API abuse: enormous pages',
    known: ['http.request.uri.query matches "^page=[0-9]{4}$"'],
    bots: (world) => Array.from({ length: 300 }, () => world.visitor(SCRIPT)),
    attack: (world, bots) =>
      world.request(world.dice.pick(bots), {
        method: 'GET',
        host: 'api.shop.test',
        path: `/api/v1/items/${world.dice.integer(1, 9999)}`,
        query: `page=${world.dice.integer(1000, 9999)}`,
        code: 200,
      }),
  }),
  httpMix({
    name: 'JA4 of a script under the name of a browser',
    known: ['http.user_agent contains "Chrome" and tls.ja4 == "t13d1811h1_85036bcba153_b26ce05bbdd6"'],
    bots: botnet(2_000, () => ({ ja4: 't13d1811h1_85036bcba153_b26ce05bbdd6' })),
    attack: (world, bots) => world.request(world.dice.pick(bots), page(world)),
  }),
  httpMix({
    name: 'a crawler that only says so',
    known: ['http.user_agent contains "Googlebot" and not tls.ja4 == "t13d1312h2_f57a46bbacb6_ab7e3b40a677"'],
    bots: (world) =>
      Array.from({ length: 500 }, () => ({
        ...world.visitor(SCRIPT),
        userAgent: 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
      })),
    attack: (world, bots) => world.request(world.dice.pick(bots), page(world)),
  }),
  httpMix({
    name: 'session cookies of the wrong length',
    known: ['len(http.request.cookies["sid"][0]) <= 16'],
    bots: botnet(3_000, (_, world) => ({ session: world.dice.text(HEX, 16) })),
    attack: (world, bots) => {
      const bot = world.dice.pick(bots)
      return world.request(bot, world.ask(bot))
    },
  }),
  httpMix({
    name: 'cookies without the one that every session has',
    known: ['any(http.request.cookies.names[*] == "consent") and not any(http.request.cookies.names[*] == "sid")'],
    bots: botnet(3_000),
    attack: (world, bots) => {
      const bot = world.dice.pick(bots)
      return world.request(bot, world.ask(bot), {
        'http.cookie': 'consent=yes; theme=dark',
        'http.request.cookies.names': ['consent', 'theme'],
      })
    },
  }),
  httpMix({
    name: 'browsers that accept no language',
    known: ['http.user_agent contains "Chrome" and not len(http.request.headers["accept-language"]) > 0'],
    bots: botnet(3_000),
    attack: (world, bots) =>
      withHeaders(world.request(world.dice.pick(bots), page(world)), (headers) => headers.delete('accept-language')),
  }),
  httpMix({
    name: 'huge bodies to the cart',
    known: ['http.request.body.size >= 50000'],
    bots: (world) => Array.from({ length: 2_000 }, () => world.visitor()),
    attack: (world, bots) =>
      world.request(world.dice.pick(bots), {
        ...LOGIN(world),
        host: 'www.shop.test',
        path: '/cart',
        bodySize: world.dice.integer(60_000, 900_000),
      }),
  }),
  httpMix({
    name: 'three vectors at once',
    known: [
      'http.request.uri.path == "/xmlrpc.php"',
      'http.request.headers["x-requested-with"][0] == "com.bot.app"',
      'http.request.version == "HTTP/1.0"',
    ],
    bots: (world) => Array.from({ length: 4_000 }, () => world.visitor()),
    attack: (world, bots) => {
      const bot = world.dice.pick(bots)
      const turn = world.dice.fraction()
      if (turn < 0.6)
        return world.request(bot, { ...LOGIN(world), host: 'blog.shop.test', path: '/xmlrpc.php', mime: 'text/xml' })
      if (turn < 0.9)
        return withHeaders(world.request(bot, page(world)), (headers) =>
          headers.set('x-requested-with', ['com.bot.app']),
        )
      return world.request(bot, page(world), { 'http.request.version': 'HTTP/1.0' })
    },
  }),
  httpMix({
    name: 'login flood, two in a hundred marked by mistake',
    known: ['http.request.uri.path == "/login" and tls.ja4 == "t13d190900_9dc949149365_97f8aa674fd9"'],
    noise: 0.02,
    bots: botnet(4_000, () => ({ ja4: 't13d190900_9dc949149365_97f8aa674fd9' })),
    attack: (world, bots) => world.request(world.dice.pick(bots), LOGIN(world)),
  }),
  httpMix({
    name: 'an old browser of one hosting network',
    known: ['ip.src.asnum == 64496 and http.user_agent contains "Chrome/58"'],
    bots: botnet(600, () => ({
      asn: 64496,
      userAgent:
        'Mozilla/5.0 (Windows NT 6.1) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/58.0.3029.110 Safari/537.36',
    })),
    attack: (world, bots) => world.request(world.dice.pick(bots), page(world)),
  }),
  httpMix({
    name: 'perfect imitation',
    known: [],
    bots: (world) => Array.from({ length: 600 }, () => world.visitor()),
    attack: (world, bots) => {
      const bot = world.dice.pick(bots)
      return world.request(bot, world.ask(bot))
    },
  }),
]
