import type { Dice } from '../dice.ts'
import { escapeForm, utf8 } from './text-bytes.ts'
import type { LanguageTexts } from './languages/index.ts'

const AGENTS = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.4 Safari/605.1.15',
  'Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Linux; Android 14; SM-S921B Build/UP1A.231005.007; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/139.0.0.0 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/520.0.0.0;]',
  'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
  'Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)',
  'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)',
  'Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0',
  'Dalvik/2.1.0 (Linux; U; Android 13; Pixel 7 Build/TQ3A.230805.001)',
  'ShopApp/7.4.1 (iPhone15,3; iOS 18.5; Scale/3.00)',
  'okhttp/4.12.0',
  'curl/8.5.0',
  'python-requests/2.32.3',
  'Go-http-client/2.0',
  'Apache-HttpClient/4.5.14 (Java/17.0.11)',
  'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)',
  'Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)',
  'Opera/9.80 (Windows NT 6.1; U; en) Presto/2.12.388 Version/12.18',
] as const

const HEX = '0123456789abcdef'
const WORD = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const BASE64_URL = `${WORD}-_`

/** One cookie as common sites and their trackers set it. */
const COOKIES: readonly ((dice: Dice) => string)[] = [
  (dice) => `_ga=GA1.2.${dice.integer(1e8, 2e9)}.17${dice.integer(10_000_000, 99_999_999)}`,
  (dice) =>
    `_ga_${dice.text(WORD.slice(0, 26), 10)}=GS2.1.s17${dice.integer(10_000_000, 99_999_999)}$o${dice.integer(1, 40)}$g1$t17${dice.integer(10_000_000, 99_999_999)}$j60$l0$h0`,
  (dice) => `_gid=GA1.2.${dice.integer(1e8, 2e9)}.17${dice.integer(10_000_000, 99_999_999)}`,
  (dice) => `_fbp=fb.1.17${dice.integer(10_000_000, 99_999_999)}000.${dice.integer(1e8, 2e9)}`,
  (dice) => `_gcl_au=1.1.${dice.integer(1e8, 2e9)}.17${dice.integer(10_000_000, 99_999_999)}`,
  (dice) => `PHPSESSID=${dice.text(HEX.slice(0, 16), 26)}`,
  (dice) => `JSESSIONID=${dice.text(HEX.toUpperCase(), 32)}.node1`,
  (dice) => `session=eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.${dice.text(BASE64_URL, 90)}.${dice.text(BASE64_URL, 43)}`,
  (dice) => `csrftoken=${dice.text(WORD, 32)}`,
  (dice) => `XSRF-TOKEN=${escapeForm(`eyJpdiI6I${dice.text(WORD, 90)}==`)}`,
  (dice) => `connect.sid=s%3A${dice.text(BASE64_URL, 32)}.${dice.text(`${WORD}%2B`, 43).replaceAll('%', '')}`,
  (dice) =>
    `__utmz=${dice.integer(1e6, 9e6)}.17${dice.integer(10_000_000, 99_999_999)}.1.1.utmcsr=google|utmccn=(organic)|utmcmd=organic|utmctr=(not%20provided)`,
  (dice) =>
    `OptanonConsent=isGpcEnabled=0&datestamp=${escapeForm('Mon Jun 02 2025 10:14:25 GMT+0200 (Central European Summer Time)')}&version=202405.1.0&consentId=${dice.text(HEX, 32)}&groups=C0001%3A1%2CC0002%3A0&geolocation=DE%3BBE`,
  (dice) => `euconsent-v2=CP${dice.text(WORD, 40)}.${dice.text(BASE64_URL, 60)}`,
  (dice) =>
    `intercom-id-abc=${dice.text(HEX, 8)}-${dice.text(HEX, 4)}-4${dice.text(HEX, 3)}-a${dice.text(HEX, 3)}-${dice.text(HEX, 12)}`,
  (dice) =>
    `mp_${dice.text(HEX, 32)}_mixpanel=${escapeForm(JSON.stringify({ distinct_id: dice.text(HEX, 20), $initial_referrer: 'https://www.google.com/', $initial_referring_domain: 'www.google.com', __mps: {}, $user_id: 17 }))}`,
  (dice) => `cart=${escapeForm(JSON.stringify([{ id: dice.integer(1, 999), qty: dice.integer(1, 5) }]))}`,
  () => 'theme=dark',
  () => 'lang=en-GB',
  (dice) => `AWSALB=${dice.text(`${WORD}+/`, 120)}`,
  (dice) => `ARRAffinity=${dice.text(HEX, 64)}`,
  () =>
    'CookieConsent={stamp:%27-1%27%2Cnecessary:true%2Cpreferences:false%2Cstatistics:false%2Cmarketing:false%2Cmethod:%27explicit%27%2Cver:1}',
  (dice) =>
    `wordpress_logged_in_${dice.text(HEX, 32)}=admin%7C17${dice.integer(10_000_000, 99_999_999)}%7C${dice.text(WORD, 43)}%7C${dice.text(HEX, 64)}`,
  (dice) => `.AspNetCore.Antiforgery.${dice.text(WORD, 11)}=CfDJ8${dice.text(BASE64_URL, 120)}`,
]

const REFERERS: readonly ((dice: Dice, texts: LanguageTexts) => string)[] = [
  () => 'https://www.google.com/',
  () => 'https://shop.test/',
  (dice) => `https://shop.test/products?page=${dice.integer(1, 30)}&sort=price_asc`,
  (dice, texts) => `https://www.bing.com/search?q=${escapeForm(utf8(dice.pick(texts.searches)))}&form=QBLH`,
  (dice, texts) => `https://shop.test/search?q=${escapeForm(utf8(dice.pick(texts.searches)))}`,
  (dice) => `https://l.facebook.com/l.php?u=https%3A%2F%2Fshop.test%2F&h=AT${dice.text(BASE64_URL, 60)}`,
  () => 'android-app://com.google.android.googlequicksearchbox/',
]

const EXTRA_HEADERS: readonly (readonly string[])[] = [
  [
    'Sec-CH-UA',
    '"Chromium";v="140", "Not=A?Brand";v="24", "Google Chrome";v="140"',
    'Sec-CH-UA-Mobile',
    '?0',
    'Sec-CH-UA-Platform',
    '"Windows"',
  ],
  ['Sec-Fetch-Site', 'same-origin', 'Sec-Fetch-Mode', 'navigate', 'Sec-Fetch-User', '?1', 'Sec-Fetch-Dest', 'document'],
  ['DNT', '1', 'Upgrade-Insecure-Requests', '1'],
  ['If-None-Match', 'W/"5f3c-18a2b3c4d5e"', 'Cache-Control', 'max-age=0'],
  ['X-Requested-With', 'XMLHttpRequest'],
  [
    'traceparent',
    '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    'baggage',
    'sentry-environment=production,sentry-release=1.2.3',
  ],
  ['Origin', 'https://shop.test'],
  ['Priority', 'u=1, i', 'TE', 'trailers'],
  ['Range', 'bytes=0-1023'],
  ['X-Forwarded-For', '203.0.113.7, 198.51.100.2', 'Via', '1.1 proxy.example (squid/5.7)'],
]

/** Header fields of one client: agent, languages, cookies, referer and what browsers add. */
export function clientHeaders(dice: Dice, texts: LanguageTexts): readonly string[] {
  const fields = ['User-Agent', dice.pick(AGENTS), 'Accept-Language', texts.tag]
  if (dice.chance(0.6)) fields.push('Referer', dice.pick(REFERERS)(dice, texts))
  if (dice.chance(0.7)) {
    const cookies = Array.from({ length: dice.integer(1, 6) }, () => dice.pick(COOKIES)(dice))
    fields.push('Cookie', cookies.join('; '))
  }
  for (const extra of EXTRA_HEADERS) if (dice.chance(0.25)) fields.push(...extra)
  return fields
}
