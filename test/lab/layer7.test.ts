import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createReadStream } from 'node:fs'
import test, { after, before, describe } from 'node:test'
import { promisify } from 'node:util'
import { CAPTURE_READERS, FlowAnalyzer, ProtocolDissectors, type Transaction } from '#detect'
import type { FieldValue } from '#fields'
import { CaptureReader, formatIp, type IpAddress, Packet, recordTypeOf } from '#wire'
import { skipWithout, skipWithoutRoot } from '../debian-tools.ts'
import { Layer7Traffic } from './testing/layer7-traffic.ts'

const run = promisify(execFile)
const OUTPUT_BYTES = 100_000_000

type Shown = (value: FieldValue | undefined) => string

const plain: Shown = (value) => (value === undefined ? '' : String(value))
const bit: Shown = (value) => (value === undefined ? '' : value === true ? '1' : '0')
const type: Shown = (value) => (value === undefined ? '' : String(recordTypeOf(String(value))))

interface Compared {
  readonly field: string
  /** What it is called there. */
  readonly wireshark: string
  readonly shown: Shown
  /** Its value as ours is written. */
  readonly there?: (text: string) => string
}

const lower = (text: string): string => text.toLowerCase()
const number = (text: string): string => (text === '' ? '' : String(Number(text)))
const first = (text: string): string => text.split(';')[0]
/** It shows the root as `<Root>`. */
const name = (text: string): string => first(text).toLowerCase().replace('<root>', '.')
const hostOnly = (text: string): string => text.toLowerCase().replace(/:\d+$/, '')

const COMPARED: readonly Compared[] = [
  { field: 'dns.id', wireshark: 'dns.id', shown: plain, there: number },
  { field: 'dns.qname', wireshark: 'dns.qry.name', shown: plain, there: name },
  { field: 'dns.qtype', wireshark: 'dns.qry.type', shown: type, there: first },
  { field: 'dns.flags.response', wireshark: 'dns.flags.response', shown: bit },
  { field: 'dns.flags.truncated', wireshark: 'dns.flags.truncated', shown: bit },
  { field: 'dns.flags.recdesired', wireshark: 'dns.flags.recdesired', shown: bit },
  { field: 'dns.flags.recavail', wireshark: 'dns.flags.recavail', shown: bit },
  { field: 'dns.flags.checkdisable', wireshark: 'dns.flags.checkdisable', shown: bit },
  { field: 'dns.response.code', wireshark: 'dns.flags.rcode', shown: plain },
  { field: 'dns.count.answers', wireshark: 'dns.count.answers', shown: plain },
  { field: 'tls.sni', wireshark: 'tls.handshake.extensions_server_name', shown: plain, there: lower },
  { field: 'tls.ja3', wireshark: 'tls.handshake.ja3', shown: plain },
  { field: 'tls.handshake.type', wireshark: 'tls.handshake.type', shown: plain, there: first },
  { field: 'tls.alert.level', wireshark: 'tls.alert_message.level', shown: plain },
  { field: 'tls.alert.description', wireshark: 'tls.alert_message.desc', shown: plain },
  { field: 'http.request.method', wireshark: 'http.request.method', shown: plain, there: first },
  { field: 'http.host', wireshark: 'http.host', shown: plain, there: (text) => hostOnly(first(text)) },
  { field: 'http.request.uri', wireshark: 'http.request.uri', shown: plain, there: first },
  { field: 'http.user_agent', wireshark: 'http.user_agent', shown: plain, there: first },
  { field: 'http.response.code', wireshark: 'http.response.code', shown: plain, there: first },
]

// Messages are compared in the frame in which they begin, so Wireshark must not put segments together.
const PREFERENCES = ['tcp.desegment_tcp_streams:FALSE', 'http.desegment_headers:FALSE', 'http.desegment_body:FALSE']

async function wireshark(file: string, names: readonly string[]): Promise<string[][]> {
  const options = PREFERENCES.flatMap((preference) => ['-o', preference])
  const format = ['-T', 'fields', '-E', 'occurrence=a', '-E', 'aggregator=;', '-E', 'separator=/t']
  const fields = names.flatMap((field) => ['-e', field])
  const { stdout } = await run('tshark', ['-n', '-r', file, ...options, ...format, ...fields], {
    maxBuffer: OUTPUT_BYTES,
  })
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split('\t'))
}

/** Reads a capture with our own engine, packet by packet and as transactions. */
async function readOurselves(file: string, visit: (packet: Packet) => void): Promise<Transaction[]> {
  const transactions: Transaction[] = []
  const sink = { transaction: (transaction: Transaction) => void transactions.push(transaction) }
  const dissectors: ProtocolDissectors = new ProtocolDissectors(sink, () => analyzer.originSeconds)
  const analyzer = new FlowAnalyzer({ sink: {}, dissectors })
  const packet = new Packet('deep')
  const reader = new CaptureReader({
    onPacket: (captured) => {
      packet.readCaptured(captured)
      visit(packet)
      analyzer.push(packet)
    },
    onNote: ({ detail }) => assert.fail(detail),
  })
  for await (const chunk of createReadStream(file)) reader.push(chunk as Buffer)
  reader.end()
  analyzer.end()
  dissectors.end()
  return transactions
}

const skip = skipWithoutRoot() || skipWithout('ip', 'tcpdump', 'nginx', 'unbound', 'curl', 'dig', 'openssl', 'tshark')

describe('layer 7 of real traffic', { skip }, () => {
  let traffic: Layer7Traffic
  let transactions: Transaction[]
  const ours: string[][] = []

  before(async () => {
    traffic = new Layer7Traffic()
    await traffic.record()
    transactions = await readOurselves(traffic.captureFile, (packet) => {
      ours.push(COMPARED.map(({ field, shown }) => shown(CAPTURE_READERS.read[field](packet))))
    })
  })
  after(async () => traffic.remove())

  test('each frame says what Wireshark says of it', async () => {
    const names = COMPARED.map((compared) => compared.wireshark)
    const theirs = await wireshark(traffic.captureFile, [...names, 'tcp.dstport'])
    assert.equal(theirs.length, ours.length)
    const differences: string[] = []
    for (const [frame, cells] of theirs.entries()) {
      for (const [index, { field, there }] of COMPARED.entries()) {
        const expected = there === undefined ? cells[index] : there(cells[index])
        // On the port of HTTP it takes everything for HTTP.
        if (cells.at(-1) === '80' && field.startsWith('tls.')) continue
        if (ours[frame][index] !== expected)
          differences.push(`frame ${frame + 1}: ${field}: ${ours[frame][index]} / ${expected}`)
      }
    }
    assert.deepEqual(differences, [])
    for (const [index, { field }] of COMPARED.entries())
      assert.ok(
        ours.some((cells) => cells[index] !== ''),
        `${field} was never seen`,
      )
  })

  test('addresses of answers, and how long they took', async () => {
    const rows = await wireshark(traffic.captureFile, ['frame.number', 'dns.a', 'dns.aaaa', 'dns.time'])
    const expected = new Map(
      rows.filter(([, , , time]) => time !== '').map(([frame, ...rest]) => [Number(frame), rest]),
    )
    const answers = transactions.filter((transaction) => transaction.kind === 'dns')
    assert.equal(answers.length, expected.size)
    for (const {
      answers: [answer],
      latencyNs,
    } of answers) {
      const [v4, v6, time] = expected.get(answer.frame)!
      const shown = answer.addresses.map((address: IpAddress) => formatIp(address)).slice(0, 64)
      assert.deepEqual(shown, [...v4.split(';'), ...v6.split(';')].filter((text) => text !== '').slice(0, 64))
      assert.ok(Math.abs(latencyNs! / 1e9 - Number(time)) < 1e-6)
    }
  })

  test('sessions of TLS come to their ends', () => {
    const sessions = transactions.filter((transaction) => transaction.kind === 'tls')
    const seen = sessions.map(({ serverHello, outcome, clientCertificate, alerts, helloRetryRequest }) =>
      [
        serverHello === undefined ? '-' : serverHello.version.toString(16),
        outcome,
        clientCertificate === undefined ? '' : `certificates ${clientCertificate.count}`,
        helloRetryRequest === undefined ? '' : 'retry',
        alerts.map(({ from, name }) => `${from} ${name ?? 'hidden'}`).join(),
      ]
        .join(' ')
        .trim(),
    )
    const withoutBye = seen.map((text) => text.replaceAll(/ *(?:,?client hidden|,?server hidden)$/g, ''))
    assert.deepEqual(withoutBye, [
      '303 established',
      '303 alert   client unknown_ca',
      '303 established certificates 0',
      '303 established certificates 1',
      '304 established',
      '304 alert   client unknown_ca',
      '304 established certificates 0 retry',
      '304 established certificates 1 retry',
      '- alert   server protocol_version',
      '- alert   server handshake_failure',
      '- not-tls',
    ])
  })

  test('requests and answers of HTTP', async () => {
    const rows = await wireshark(traffic.captureFile, ['http.request.method', 'http.response.code'])
    const requests = rows.flatMap(([method]) => (method === '' ? [] : method.split(';')))
    const seen = transactions.filter((transaction) => transaction.kind === 'http')
    assert.deepEqual(
      seen.map(({ outcome }) => outcome),
      Array(requests.length).fill('answered'),
    )
    const big = seen.find(({ request }) => request?.target === '/big.txt')
    assert.deepEqual([big?.response?.bodyBytes, big?.isReuse, big?.response?.complete], [400_000, true, true])
    const smuggled = seen.filter(({ request }) => request!.ambiguities.length > 0)
    assert.deepEqual(
      smuggled.map(({ request }) => request!.ambiguities),
      [['content-length-and-transfer-encoding']],
    )
    assert.equal(seen.filter(({ isPipelined }) => isPipelined).length, 1)
  })

  test('what speaks another protocol than its port', () => {
    const strange = transactions.filter((transaction) => transaction.kind === 'protocol' && transaction.mismatch)
    assert.deepEqual(
      strange.map((guess) => guess.kind === 'protocol' && [guess.content, guess.port]),
      [
        ['tls', 'http'],
        ['http', 'tls'],
      ],
    )
    const faults = transactions.filter((transaction) => transaction.kind === 'fault')
    assert.deepEqual(
      faults.map(({ fault }) => fault),
      ['tls-not-tls'],
    )
  })
})
