/** A program that sends requests: what its connections and headers look like. */
export interface ClientProfile {
  readonly name: string
  readonly weight: number
  readonly userAgents: readonly string[]
  readonly ja4: readonly string[]
  readonly headers: readonly string[]
  readonly accept: string
  readonly version: 'HTTP/1.1' | 'HTTP/2'
  readonly isBrowser: boolean
}

const CHROME_HEADERS = [
  'host',
  'connection',
  'sec-ch-ua',
  'sec-ch-ua-mobile',
  'sec-ch-ua-platform',
  'upgrade-insecure-requests',
  'user-agent',
  'accept',
  'sec-fetch-site',
  'sec-fetch-mode',
  'sec-fetch-dest',
  'referer',
  'accept-encoding',
  'accept-language',
  'cookie',
]
const FIREFOX_HEADERS = [
  'host',
  'user-agent',
  'accept',
  'accept-language',
  'accept-encoding',
  'referer',
  'connection',
  'cookie',
  'sec-fetch-dest',
  'sec-fetch-mode',
]
const SAFARI_HEADERS = ['host', 'accept', 'cookie', 'user-agent', 'accept-language', 'referer', 'accept-encoding']
const HTML = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'

function versions(first: number, last: number, text: (version: number) => string): string[] {
  return Array.from({ length: last - first + 1 }, (_, i) => text(first + i))
}

const CHROME_AGENTS = ['Windows NT 10.0; Win64; x64', 'Macintosh; Intel Mac OS X 10_15_7', 'X11; Linux x86_64'].flatMap(
  (platform) =>
    versions(
      128,
      140,
      (version) =>
        `Mozilla/5.0 (${platform}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${version}.0.0.0 Safari/537.36`,
    ),
)

/** Clients of ordinary sites. */
export const PROFILES: readonly ClientProfile[] = [
  {
    name: 'chrome',
    weight: 52,
    userAgents: CHROME_AGENTS,
    ja4: [
      't13d1516h2_8daaf6152771_02713d6af862',
      't13d1517h2_8daaf6152771_b0da82dd1658',
      't13d1516h2_8daaf6152771_e5627efa2ab1',
    ],
    headers: CHROME_HEADERS,
    accept: HTML,
    version: 'HTTP/2',
    isBrowser: true,
  },
  {
    name: 'firefox',
    weight: 9,
    userAgents: versions(120, 143, (v) => `Mozilla/5.0 (X11; Linux x86_64; rv:${v}.0) Gecko/20100101 Firefox/${v}.0`),
    ja4: ['t13d1715h2_5b57614c22b0_5c2c66f702b0', 't13d1717h2_5b57614c22b0_3cbfd9057e0d'],
    headers: FIREFOX_HEADERS,
    accept: HTML,
    version: 'HTTP/2',
    isBrowser: true,
  },
  {
    name: 'safari',
    weight: 24,
    userAgents: versions(
      14,
      18,
      (v) =>
        `Mozilla/5.0 (iPhone; CPU iPhone OS ${v}_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/${v}.1 Mobile/15E148 Safari/604.1`,
    ),
    ja4: ['t13d2014h2_a09f3c656075_14788d8d241b', 't13d2014h2_a09f3c656075_e42f34c56612'],
    headers: SAFARI_HEADERS,
    accept: HTML,
    version: 'HTTP/2',
    isBrowser: true,
  },
  {
    name: 'app',
    weight: 8,
    userAgents: versions(30, 39, (v) => `ShopApp/4.${v} okhttp/4.12.0`),
    ja4: ['t13d1412h2_26f4f3d0d2b7_f5c5bd1f1b8d'],
    headers: ['host', 'authorization', 'accept', 'x-app-version', 'accept-encoding', 'user-agent'],
    accept: 'application/json',
    version: 'HTTP/2',
    isBrowser: false,
  },
  {
    name: 'crawler',
    weight: 3,
    userAgents: ['Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)'],
    ja4: ['t13d1312h2_f57a46bbacb6_ab7e3b40a677'],
    headers: ['host', 'connection', 'accept', 'from', 'user-agent', 'accept-encoding'],
    accept: '*/*',
    version: 'HTTP/1.1',
    isBrowser: false,
  },
  {
    name: 'script',
    weight: 3,
    userAgents: ['python-requests/2.31.0', 'python-requests/2.32.3', 'curl/8.5.0', 'Go-http-client/1.1'],
    ja4: ['t13d1811h1_85036bcba153_b26ce05bbdd6', 't13d3112h1_e8f1e7e78f70_b26ce05bbdd6'],
    headers: ['host', 'user-agent', 'accept-encoding', 'accept', 'connection'],
    accept: '*/*',
    version: 'HTTP/1.1',
    isBrowser: false,
  },
]
