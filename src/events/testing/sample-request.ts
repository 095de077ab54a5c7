import type { EventHead } from '../event.ts'
import type { FieldValue, Readers } from '#fields'
import { FIELDS } from '#fields'
import { parseCookies } from '#wire'

/** Facts of a request by field name: what tests and benchmarks record in place of a live exchange. */
export type SampleFacts = Readonly<Record<string, FieldValue | undefined>>

/** Reads each field from the record. */
export const SAMPLE_READERS: Readers<SampleFacts> = {
  read: Object.fromEntries(FIELDS.map((field) => [field.name, (facts: SampleFacts) => facts[field.name]])),
}

const PATHS = ['/', '/cart', '/login', '/products/42', '/static/app.js', '/api/v1/items', '/wp-login.php']
const AGENTS = [
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile Safari/604.1',
  'curl/8.10.1',
]

/** The facts of request number `n`: ten headers, two cookies, skewed addresses and paths. */
export function sampleFacts(n: number): SampleFacts {
  const address = 0xc000_0200 + ((n * n) % 5003)
  const path = PATHS[(n * 5) % PATHS.length]
  const query = n % 3 === 0 ? `item=${n % 97}&sort=price` : ''
  const agent = AGENTS[n % AGENTS.length]
  const cookie = `session=${(n % 1009).toString(36).padStart(16, 's')}; theme=dark`
  const status = n % 20 === 0 ? 404 : 200
  return {
    'ip.src': n % 11 === 0 ? (0x2001_0db8n << 96n) + BigInt(n % 257) : address,
    'ip.src.country': ['PT', 'DE', 'US', 'BR'][n % 4],
    'ip.src.asnum': 64_500 + (n % 50),
    'ip.dst': 0x7f00_0001,
    'tcp.srcport': 32_768 + (n % 28_000),
    'tcp.dstport': 443,
    ssl: true,
    'tls.version': 'TLSv1.3',
    'tls.cipher': 'TLS_AES_128_GCM_SHA256',
    'tls.sni': 'shop.test',
    'tls.alpn': 'http/1.1',
    'tls.ja4': 't13d1516h2_8daaf6152771_02713d6af862',
    'tls.handshake.duration': n % 30,
    'http.request.method': n % 10 === 0 ? 'POST' : 'GET',
    'http.request.version': 'HTTP/1.1',
    'http.host': 'shop.test',
    'http.request.uri.path': path,
    'http.request.uri.query': query,
    'raw.http.request.uri.path': path,
    'http.request.headers': new Map([
      ['host', ['shop.test']],
      ['user-agent', [agent]],
      ['accept', ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8']],
      ['accept-language', ['pt-PT,pt;q=0.8,en;q=0.5']],
      ['accept-encoding', ['gzip, deflate, br']],
      ['referer', ['https://shop.test/products']],
      ['cookie', [cookie]],
      ['connection', ['keep-alive']],
      ['sec-fetch-mode', ['navigate']],
      ['x-request-id', [n.toString(36).padStart(12, '0')]],
    ]),
    'http.request.header_order': '9b1f3c5e7a2d4c68',
    'http.user_agent': agent,
    'http.referer': 'https://shop.test/products',
    'http.cookie': cookie,
    'http.request.cookies.names': [...parseCookies(cookie).keys()],
    'http.request.body.size': 0,
    'http.response.code': status,
    'http.response.headers': new Map([
      ['content-type', ['text/html; charset=utf-8']],
      ['content-length', [String(1000 + (n % 5000))]],
      ['cache-control', ['no-store']],
    ]),
    'http.response.body.size': 1000 + (n % 5000),
    'http.response.duration': n % 40,
    'http.response.mime': 'text/html',
    'site.name': 'shop',
    'origin.name': 'http://127.0.0.1:9000',
    'origin.response.code': status,
    'origin.attempts': 1,
    'origin.first_byte.duration': n % 30,
    'waf.mode': 'block',
    'waf.verdict': 'pass',
    'waf.score': 99,
    'waf.cpu_time': 30 + (n % 50),
  }
}

/** The head of an event at `timeMicros`: every tenth request is blocked by a rule. */
export function sampleHead(n: number, ray: string, timeMicros: number): EventHead {
  const blocked = n % 10 === 9
  return {
    ray,
    timeMicros,
    point: 'http-edge',
    policyVersion: '0123456789abcdef',
    decision: blocked
      ? {
          verdict: 'block',
          phase: 'firewall_custom',
          ruleId: 'no-admin',
          why: 'rule no-admin',
          matches: [{ phase: 'firewall_custom', ruleId: 'no-admin', action: 'block', logOnly: false }],
        }
      : { verdict: 'allow', why: 'no rule decided', matches: [] },
  }
}
