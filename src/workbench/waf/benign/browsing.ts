import type { RequestSample } from '#detect'
import type { Dice } from '../dice.ts'
import { clientHeaders } from './client-headers.ts'
import type { LanguageTexts } from './languages/index.ts'
import { escapeComponent, escapeForm, utf8 } from './text-bytes.ts'

type Maker = (dice: Dice, texts: LanguageTexts) => string

const SLUGS = [
  'about-us',
  'lamps-and-lights',
  'select-your-table',
  'order-status',
  'union-jack',
  'how-to-sleep-better',
  'drop-shipping',
  'case-studies',
  'faq',
  'terms',
  'like-new',
  'scripts',
  'images',
  'exec-chairs',
  'system-update',
]
const FOLDERS = ['products', 'blog', 'category', 'shop', 'en/help', 'docs/v2', 'users', 'news/2025/06', 'c/home-garden']
const ASSETS = [
  'css/main.8f3a2c1b.css',
  'js/app~vendors.4d5e6f.js',
  'img/logo@2x.png',
  'fonts/Inter-Regular.woff2?v=3.19',
  'static/media/hero.1a2b3c.webp',
  'assets/index-BxA1.js',
  'favicon.ico',
  'robots.txt',
  'manifest.webmanifest',
  '.well-known/apple-app-site-association',
  'sw.js',
  '_next/static/chunks/pages/%5Bslug%5D-1a2b3c.js',
  '_nuxt/entry.abc123.js',
  'wp-content/uploads/2024/05/photo-1024x768.jpg',
  'wp-includes/js/jquery/jquery.min.js?ver=3.7.1',
  'images/cache/resize_cache/iblock/1a2/300_300_1/photo%20(1).jpg',
  'downloads/manual_v1.2.3-final.pdf',
]

const HEX = '0123456789abcdef'

const PATHS: readonly Maker[] = [
  () => '/',
  (dice) => `/${dice.pick(FOLDERS)}/${dice.pick(SLUGS)}`,
  (dice) => `/${dice.pick(FOLDERS)}/${dice.pick(SLUGS)}-${dice.integer(1, 99_999)}.html`,
  (dice) => `/p/${dice.integer(1, 99_999)}`,
  (dice) => `/${dice.pick(ASSETS)}`,
  (dice) =>
    `/api/v1/items/${dice.text(HEX, 8)}-${dice.text(HEX, 4)}-4${dice.text(HEX, 3)}-9${dice.text(HEX, 3)}-${dice.text(HEX, 12)}`,
  (dice, texts) => `/tag/${escapeComponent(utf8(dice.pick(texts.searches)))}`,
  (dice, texts) => `/stadt/${escapeComponent(utf8(dice.pick(texts.cities)))}`,
  (dice) => `/calendar/2025-${dice.integer(10, 12)}-${dice.integer(10, 28)}`,
  (dice) => `/@${dice.text('abcdefghijkl', 8)}/status/${dice.integer(1e9, 9e9)}`,
]

const QUERIES: readonly Maker[] = [
  (dice) => `page=${dice.integer(1, 50)}`,
  (dice) => `sort=price&order=desc&limit=${dice.integer(10, 100)}`,
  (dice) =>
    `utm_source=newsletter&utm_medium=email&utm_campaign=summer-sale_2025&utm_content=cta%20button%20%231&id=${dice.integer(1, 999)}`,
  (dice) => `gclid=Cj0KCQjw${dice.text('ABCDEFabcdef0123456789_-', 60)}&gad_source=1`,
  (dice) => `fbclid=IwAR${dice.text('ABCDEFabcdef0123456789_-', 58)}`,
  (dice) =>
    `filter%5Bcolor%5D%5B%5D=red&filter%5Bcolor%5D%5B%5D=blue&filter%5Bprice%5D=${dice.integer(1, 50)}-${dice.integer(51, 500)}`,
  () => 'fields=id,name,date,type&include=author,comments.user&expand=*',
  (dice) => `v=${dice.integer(1, 9)}.${dice.integer(0, 20)}.${dice.integer(0, 9)}`,
  (dice) => `_=${dice.integer(1e9, 9e9)}&callback=jQuery${dice.integer(1e9, 9e9)}_${dice.integer(1e9, 9e9)}`,
  (dice) => `lat=${dice.fraction() * 90}&lng=-${dice.fraction() * 180}&bbox=-9.5,38.6,-9.0,38.9`,
  () =>
    'redirect_uri=https%3A%2F%2Fshop.test%2Fcallback&response_type=code&scope=openid%20profile%20email&state=af0ifjsldkj&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  () => 'next=%2Faccount%2Forders%3Fpage%3D2%26sort%3Ddate&lang=en',
  () => 'url=https%3A%2F%2Fwww.example.com%2Farticles%2F1%3Fa%3Db%26c%3Dd&w=828&q=75',
  () => 'from=2025-06-01T00:00:00%2B02:00&to=2025-06-30T23:59:59%2B02:00&tz=Europe/Lisbon',
  () => 'ids=1,2,3;4,5&range=10..20&expr=a%2Bb&version=%3E%3D1.2.0',
  () => '$top=10&$skip=20&$orderby=Name%20desc&$filter=Price%20lt%2050&$select=Id,Name',
  (dice) =>
    `en=page_view&dl=https%3A%2F%2Fshop.test%2Fcart&dr=https%3A%2F%2Fwww.google.com%2F&dt=Cart%20%7C%20My%20Shop&sid=${dice.integer(1e8, 9e8)}&sct=1&seg=1&_et=${dice.integer(1, 9999)}&ep.content_group=(not%20set)`,
  (dice, texts) => `q=${escapeForm(utf8(dice.pick(texts.searches)))}&category=all`,
  (dice, texts) => `search=${escapeComponent(utf8(dice.pick(texts.searches)))}&page=1`,
  (dice, texts) => `query=${escapeForm(utf8(`${dice.pick(texts.searches)} ${dice.pick(texts.searches)}`))}`,
  (dice, texts) => `term=${escapeForm(utf8(dice.pick(texts.names)))}&city=${escapeForm(utf8(dice.pick(texts.cities)))}`,
]

/** A page, an asset, a call or a search, as a browser or a crawler asks for it. */
export function browsingRequest(dice: Dice, texts: LanguageTexts): RequestSample {
  const path = dice.pick(PATHS)(dice, texts)
  const query = dice.chance(0.65) && !path.includes('?') ? `?${dice.pick(QUERIES)(dice, texts)}` : ''
  return { target: path + query, headers: clientHeaders(dice, texts) }
}

/** A search in the words of one language. */
export function searchRequest(dice: Dice, texts: LanguageTexts): RequestSample {
  const words = dice.chance(0.75) ? dice.pick(texts.searches) : dice.pick([...texts.names, ...texts.streets])
  return { target: `/search?q=${escapeForm(utf8(words))}`, headers: clientHeaders(dice, texts) }
}
