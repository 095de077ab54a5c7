import assert from 'node:assert/strict'
import test from 'node:test'
import { FIELD_BY_NAME } from '#fields'
import { compilePredicate, parseExpression } from '#rules'
import { CLASS_IN, dnsQueryPlan, parseIp, RECORD_TYPE, writeDnsMessage } from '#wire'
import { helloMessage } from '../../../wire/quic/testing/client-hello.ts'
import { cryptoFrame, sealInitial } from '../../../wire/quic/testing/seal-initial.ts'
import type { Transaction } from '../contract.ts'
import { Traffic } from '../testing/traffic.ts'
import { TRANSACTION_READERS } from './transaction-readers.ts'

const HELLO = helloMessage('shop.test', 'h2')

/** One transaction of each kind. */
function transactions(): Transaction[] {
  const traffic = new Traffic()
  const web = traffic.tcp({ serverPort: 80, clientPort: 4001 })
  web.client('POST /a?b=1 HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 2\r\nCookie: s=1\r\n\r\n{}')
  web.server('HTTP/1.1 503 Busy\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\nabcd').end()
  const record = Buffer.concat([Buffer.from([22, 3, 1, HELLO.length >> 8, HELLO.length & 255]), HELLO])
  traffic.tcp({ serverPort: 443 }).client(record).server(Buffer.from('15030300020228', 'hex')).end()
  const id = Buffer.alloc(8, 1)
  const initial = sealInitial({ keyId: id, destinationId: id, frames: cryptoFrame(0, HELLO), paddedBytes: 1100 })
  traffic.udp({ serverPort: 443, clientPort: 4002 }).client(initial).end()
  const question = { name: 'shop.test', type: RECORD_TYPE.A, class: CLASS_IN }
  const address = {
    name: 'shop.test',
    type: RECORD_TYPE.A,
    class: CLASS_IN,
    ttlSeconds: 60,
    data: { address: parseIp('192.0.2.7')! },
  }
  const answer = writeDnsMessage({ id: 1, flags: 0x8180, questions: [question], answers: [address] })
  traffic
    .udp({ serverPort: 53, clientPort: 4003 })
    .client(writeDnsMessage(dnsQueryPlan(1, 'shop.test', RECORD_TYPE.A)))
    .server(answer)
  traffic.end('dns')
  return traffic.transactions.filter(({ kind }) => kind !== 'protocol')
}

test('rules select transactions by what was said and by whom', () => {
  const cases: readonly (readonly [expression: string, kinds: readonly Transaction['kind'][]])[] = [
    ['http.response.code >= 500 and http.request.uri.path == "/a"', ['http']],
    ['http.response.body.size == 4 and http.response.duration == 1', ['http']],
    ['http.request.cookies["s"][0] == "1" and tcp.srcport == 4001', ['http']],
    ['http.request.body.size == 2 and http.response.mime == "text/html"', ['http']],
    ['tls.sni == "shop.test"', ['tls', 'quic']],
    ['tls.alert.description == 40 and tls.alert.level == 2', ['tls']],
    ['ssl and tcp.dstport == 443', ['tls']],
    ['quic.version == 1 and udp.srcport == 4002 and tls.alpn == "h2"', ['quic']],
    ['dns.qname == "shop.test" and dns.response.code == 0 and any(dns.resolved_ips[*] == 192.0.2.7)', ['dns']],
    ['ip.src == 192.0.2.1 and l4.dstport in {53 80}', ['http', 'dns']],
  ]
  const all = transactions()
  for (const [text, expected] of cases) {
    const parsed = parseExpression(text, { fields: FIELD_BY_NAME })
    if (!parsed.ok) assert.fail(`${text}: ${parsed.error.message}`)
    const predicate = compilePredicate<Transaction>(parsed.expression, {
      readers: TRANSACTION_READERS,
      lists: new Map(),
    })
    const selected = all.filter((transaction) => predicate(transaction)).map(({ kind }) => kind)
    assert.deepEqual(selected, expected, text)
  }
})

test('each reader is of a field, and can read every kind of transaction', () => {
  for (const [name, read] of Object.entries(TRANSACTION_READERS.read)) {
    assert.ok(FIELD_BY_NAME.has(name), name)
    for (const transaction of transactions()) read(transaction)
  }
})
