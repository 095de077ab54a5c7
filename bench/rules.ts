import { buildList, compileRuleset, type Ruleset } from '#decide'
import { FIELD_BY_NAME, type Readers } from '#fields'
import { compilePredicate, parseExpression } from '#rules'
import { packRanges, parseIp } from '#wire'
import { printTable } from './table.ts'

/** What the measured rules look at: a request with its values at hand, so that only the rules cost. */
interface Request {
  readonly path: string
  readonly query: string
  readonly host: string
  readonly method: string
  readonly userAgent: string
  readonly source: number
  readonly country: string
  readonly headers: ReadonlyMap<string, readonly string[]>
}

const READERS: Readers<Request> = {
  read: {
    'http.request.uri.path': (request) => request.path,
    'http.request.uri.query': (request) => request.query,
    'http.host': (request) => request.host,
    'http.request.method': (request) => request.method,
    'http.user_agent': (request) => request.userAgent,
    'ip.src': (request) => request.source,
    'ip.src.country': (request) => request.country,
    'http.request.headers': (request) => request.headers,
  },
  entry: { 'http.request.headers': (request, key) => request.headers.get(key) },
}

/** Rules as engineers write them; `n` makes each one different. */
const SHAPES: readonly ((n: number) => string)[] = [
  (n) => `http.request.uri.path wildcard "/admin-${n}/*" and not ip.src in $office`,
  (n) => `http.request.uri.path eq "/wp-content/plugins/p${n}/readme.txt"`,
  (n) => `ip.src in {198.51.${n % 256}.0/24 203.0.113.${n % 256}} and http.request.method eq "POST"`,
  (n) => `http.user_agent contains "scanner-${n}"`,
  (n) => `any(http.request.headers["x-tool"][*] contains "tool${n}")`,
  (n) => `http.request.headers["x-key"][0] eq "key-${n}"`,
  (n) => `http.request.uri.query contains "union${n}" or http.request.uri.path contains "/..${n}/"`,
  (n) => `http.host eq "shop-${n}.test" and http.request.method in {"PUT" "DELETE"}`,
  (n) => `starts_with(http.request.uri.path, "/api/v${n}/") and ip.src.country in {"AA" "BB"}`,
  (n) => `http.request.uri.path matches "^/(old|legacy)-${n}/[a-z]+$"`,
  (n) => `lower(http.user_agent) contains "bot-${n}" and not http.request.uri.path eq "/robots.txt"`,
  (n) => `(http.host eq "a${n}.test" or http.host eq "b${n}.test") and http.request.uri.query ne ""`,
]

function makeRuleset(count: number): Ruleset {
  const options = { fields: FIELD_BY_NAME, lists: new Map([['office', 'IP' as const]]) }
  const rules = Array.from({ length: count }, (_, n) => {
    const when = SHAPES[n % SHAPES.length](n)
    const parsed = parseExpression(when, options)
    if (!parsed.ok) throw new Error(`${when}: ${parsed.error.message}`)
    return {
      id: `rule-${n}`,
      description: '',
      when,
      expression: parsed.expression,
      action: { type: 'block', terminating: true },
      enabled: true,
      mode: 'enforce' as const,
      place: { file: 'bench', line: 1, column: 1 },
    }
  })
  return { phase: 'firewall_custom', rules }
}

function makeRequests(count: number): Request[] {
  const agents = [
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36',
    'curl/8.5.0',
  ]
  return Array.from({ length: count }, (_, n) => ({
    path: `/products/${n}/item-${n * 7}.html`,
    query: n % 3 === 0 ? `id=${n}&sort=price` : '',
    host: `www${n % 5}.shop.test`,
    method: n % 10 === 0 ? 'POST' : 'GET',
    userAgent: agents[n % agents.length],
    source: Number(parseIp('192.0.2.1')) + n * 977,
    country: ['PT', 'DE', 'US'][n % 3],
    headers: new Map([
      ['accept', ['*/*']],
      ['x-key', [`key-unknown-${n}`]],
    ]),
  }))
}

/** CPU microseconds of one call, after a warm-up. */
function cpuMicros(calls: number, body: (i: number) => void): number {
  for (let i = 0; i < calls / 4; i++) body(i)
  const before = process.cpuUsage()
  for (let i = 0; i < calls; i++) body(i)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / calls
}

/** Cost of a ruleset a request, as one indexed program and as a loop over single predicates. */
export function run(): void {
  const lists = new Map([['office', buildList({ name: 'office', type: 'IP', ranges: packRanges([]) })]])
  const environment = { readers: READERS, lists }
  const requests = makeRequests(1000)
  const rows: (string | number)[][] = []
  for (const count of [10, 100, 1000, 10_000]) {
    const ruleset = makeRuleset(count)
    const program = compileRuleset(ruleset, environment)
    const predicates = ruleset.rules.map((rule) => compilePredicate(rule.expression, environment))
    const indexed = cpuMicros(200_000, (i) => {
      program.evaluate(requests[i % requests.length], 0)
    })
    const calls = Math.max(2000, Math.round(2_000_000 / count))
    const naive = cpuMicros(calls, (i) => {
      const request = requests[i % requests.length]
      for (const predicate of predicates) if (predicate(request)) break
    })
    rows.push([
      count,
      indexed.toFixed(2),
      naive.toFixed(2),
      `${(naive / indexed).toFixed(1)} x`,
      count === 1000 ? '10' : '',
    ])
  }
  printTable('Rules: CPU µs a request', ['rules', 'one program', 'a loop over predicates', 'gain', 'goal'], rows)
}
