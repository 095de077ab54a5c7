import type { RequestSample } from '#detect'
import type { Dice } from '../dice.ts'
import { clientHeaders } from './client-headers.ts'
import type { LanguageTexts } from './languages/index.ts'
import { JSON_TYPE, utf8 } from './text-bytes.ts'

const HEX = '0123456789abcdef'

type Maker = (dice: Dice, texts: LanguageTexts) => unknown

const cart: Maker = (dice, texts) => ({
  cartId: dice.text(HEX, 24),
  currency: 'EUR',
  items: Array.from({ length: dice.integer(1, 5) }, () => ({
    sku: `SKU-${dice.integer(1000, 9999)}/${dice.pick(['S', 'M', 'L'])}`,
    name: dice.pick(texts.searches),
    price: dice.integer(100, 99_999) / 100,
    attributes: { color: '#ff00aa', size: '10" x 4\'', note: null },
  })),
  address: { name: dice.pick(texts.names), line1: dice.pick(texts.streets), city: dice.pick(texts.cities) },
})

const analytics: Maker = (dice, texts) => ({
  events: [
    {
      type: 'page_view',
      ts: dice.integer(1e9, 2e9),
      url: 'https://shop.test/search?q=a&sort=-price#results',
      referrer: 'https://www.google.com/',
      title: `${dice.pick(texts.searches)} | My Shop`,
      viewport: '1440x900',
      userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0',
      element: 'div#app > main.container > ul:nth-child(2) > li > a.btn',
      props: { ab_test: 'checkout_v2:B', utm_source: 'news', price: '< 50' },
    },
  ],
  context: { library: { name: 'analytics.js', version: '2.1.0' }, locale: 'en-GB', timezone: 'Europe/Lisbon' },
})

const graphql: Maker = (dice, texts) => ({
  operationName: 'SearchProducts',
  query:
    'query SearchProducts($term: String!, $first: Int = 20, $after: String) {\n  products(search: $term, first: $first, after: $after, orderBy: {field: PRICE, direction: ASC}) {\n    edges { node { id name slug price { amount currency } images(first: 1) { url(width: 300) } } }\n    pageInfo { hasNextPage endCursor }\n    __typename\n  }\n}',
  variables: { term: dice.pick(texts.searches), first: 20, after: null },
  extensions: { persistedQuery: { version: 1, sha256Hash: dice.text(HEX, 64) } },
})

const chat: Maker = (dice, texts) => ({
  conversation: dice.integer(1, 99_999),
  message: {
    text: `${dice.pick(texts.sentences)} ${dice.pick(texts.sentences)}`,
    mentions: [`@${dice.text('abcdef', 6)}`],
    emoji: ':-)',
  },
})

const rpc: Maker = (dice, texts) => ({
  jsonrpc: '2.0',
  id: dice.integer(1, 999),
  method: 'catalog.find',
  params: [
    dice.pick(texts.searches),
    { limit: 10, where: { stock: { gte: 1 } }, select: ['id', 'name'], order: [['price', 'desc']] },
  ],
})

const editor: Maker = (dice, texts) => ({
  title: dice.pick(texts.searches),
  html: `<p>${dice.pick(texts.sentences)}</p><ul><li><strong>${dice.pick(texts.searches)}</strong></li></ul><p><a href="https://www.example.com/?a=1&amp;b=2" target="_blank" rel="noopener">link</a> <em>and</em> <img src="/media/1.jpg" alt="" width="600"></p>`,
  tags: ['news', 'how-to'],
})

const settings: Maker = (dice) => ({
  theme: {
    primary: '#336699',
    font: "'Inter', sans-serif",
    css: '.card > h2 { margin: 0 auto; color: rgba(0,0,0,.8); }',
  },
  cron: '*/15 * * * *',
  regex: '^[A-Z]{2}\\d{3,5}$',
  webhook: 'https://hooks.example.com/services/T00/B00/xyz?token=abc',
  path: 'C:\\Users\\me\\Documents\\report.docx',
  template: 'Hello {{ user.first_name }}, your order ${order.id} is on its way',
  date: new Date(dice.integer(1e9, 2e9) * 1000).toISOString(),
})

const JSON_BODIES: readonly (readonly [path: string, make: Maker])[] = [
  ['/api/v2/cart', cart],
  ['/collect', analytics],
  ['/graphql', graphql],
  ['/api/chat/messages', chat],
  ['/rpc', rpc],
  ['/api/articles/12', editor],
  ['/api/settings', settings],
]

/** JSON as the front ends of shops, chats and back offices send it. */
export function jsonRequest(dice: Dice, texts: LanguageTexts): RequestSample {
  const [target, make] = dice.pick(JSON_BODIES)
  const headers = ['Accept', 'application/json, text/plain, */*', ...clientHeaders(dice, texts)]
  if (dice.chance(0.4))
    headers.push(
      'Authorization',
      `Bearer eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ.${dice.text(HEX, 120)}.${dice.text(HEX, 80)}`,
    )
  return { method: 'POST', target, headers, contentType: JSON_TYPE, body: utf8(JSON.stringify(make(dice, texts))) }
}
