import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import test, { after, before } from 'node:test'
import { promisify } from 'node:util'
import { FIELDS } from '#fields'
import { compileDisplayFilter, compilePredicate, parseExpression } from '#rules'
import { skipWithout } from '../debian-tools.ts'
import { captureFile, packet, type Packet, request } from './packets.ts'

const V4 = ['10.0.0.1', '10.0.0.2'] as const
const PACKETS: readonly Packet[] = [
  request(V4, [40_001, 80], 'GET', '/a?x=1', { Host: 'Shop.test', 'User-Agent': 'curl/7.88.1' }),
  request(['10.9.0.1', '10.0.0.2'], [40_002, 80], 'POST', '/b', { Host: 'b.test', Referer: 'http://shop.test/"q"\\' }),
  request(['2001:db8::1', '2001:db8::2'], [80, 80], 'GET', '/c.php?b=2&a', { Host: 'c.test', Cookie: 'a=1; b=$2' }),
  request(['192.0.2.1', '10.0.0.2'], [443, 8_080], 'GET', '/', {
    Host: 'shop.test',
    Referer: 'shop.test',
    'User-Agent': 'CURL',
  }),
  packet(['192.0.2.1', '192.0.2.1'], [50_000, 443]),
  packet(['::5', '::5'], [1, 65_535]),
  packet(['ffff::1', '2001:db8::2'], [0, 1]),
  packet(['10.0.0.2', '10.0.0.1'], [80, 40_001], ['HTTP/1.1 404 Not Found', 'Content-Length: 0'], {
    'http.response.code': 404,
  }),
  packet(['10.0.0.2', '10.0.0.1'], [80, 40_002], ['HTTP/1.1 200 OK', 'Content-Length: 0'], {
    'http.response.code': 200,
  }),
]

const EXPRESSIONS: readonly string[] = [
  'ip.src == 10.0.0.1',
  'ip.src != 10.0.0.1',
  'ip.src ne 2001:db8::1 and not ip.dst eq 10.0.0.2',
  'ip.src < 10.0.0.2 or ip.src > 2001:db8::1',
  'ip.src <= ::5 xor ip.src >= 10.9.0.1',
  'ip.src < 2001:db8::1',
  'ip.src > ::5',
  'ip.src == ip.dst',
  'ip.src != ip.dst and ip.src > ip.dst',
  'ip.src in {10.0.0.0/8 192.0.2.1 2001:db8::/32}',
  'ip.src in {10.0.0.2..10.9.0.1 ::1..::9}',
  'not ip.src in {::/0}',
  'tcp.srcport == 80 or tcp.dstport != 80',
  'tcp.srcport == tcp.dstport',
  'tcp.srcport != tcp.dstport and tcp.srcport & tcp.dstport',
  'tcp.srcport in {0..79 443 40001..70000}',
  'tcp.srcport in {-5 70000}',
  'tcp.srcport > -1 and tcp.srcport < 70000 and tcp.srcport != 99999',
  'tcp.srcport == 70000 or tcp.srcport < -1',
  'tcp.srcport & 1 and not tcp.dstport & 65536',
  'tcp.srcport & -2',
  'http.response.code ge 400',
  'not http.response.code == 404',
  'http.host == "shop.test"',
  'http.host != "shop.test"',
  'not http.host eq "shop.test"',
  'lower(http.host) == "shop.test" and upper(http.host) ne "B.TEST"',
  'lower(http.host) != upper(http.referer)',
  'http.host < "c.test" or http.host ge "s"',
  'http.host in {"b.test" "c.test"}',
  'lower(http.host) in {"shop.test" "c.test"}',
  'http.host contains ".te" and http.host contains ""',
  'http.referer contains http.host',
  'http.referer contains "\\"q\\"\\\\"',
  'http.host == http.referer',
  'http.user_agent matches "curl"',
  'http.user_agent matches "(?i)^curl$"',
  'http.host matches r"^[a-c]\\.test$" or http.request.uri.path ~ "^/$"',
  'http.cookie matches r"\\$\\d"',
  'http.host wildcard "SHOP.*"',
  'http.host strict wildcard "shop.*"',
  'http.request.uri.path wildcard "*.php"',
  'starts_with(http.user_agent, "curl/") or ends_with(http.request.uri.path, ".php")',
  'contains_any(http.request.uri, "b=", "x=")',
  'len(http.host) > 6 and len(http.request.uri) in {1..3 7}',
  'len(http.host) == len(http.referer) or len(http.host) < -1',
  'http.request.method == "POST" xor http.request.uri.query == "x=1" xor tcp.dstport == 80',
  'http.request.uri.query ne "x=1"',
  'http.request.uri.query == "" or len(http.request.uri.query) > 4',
  'http.request.uri.query matches "^(x=1)?$"',
]

const run = promisify(execFile)
const fields = new Map(FIELDS.map((field) => [field.name, field]))
const readers = { read: Object.fromEntries(FIELDS.map(({ name }) => [name, (each: Packet) => each.fields[name]])) }
let folder: string

before(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'tidegate-capture-'))
  writeFileSync(path.join(folder, 'packets.pcap'), captureFile(PACKETS))
})
after(() => rmSync(folder, { recursive: true }))

async function selectedByWireshark(filter: string): Promise<readonly number[]> {
  const options = ['-n', '-r', path.join(folder, 'packets.pcap'), '-T', 'fields', '-e', 'frame.number', '-Y', filter]
  const { stdout } = await run('tshark', options)
  return stdout.split('\n').filter(Boolean).map(Number)
}

test('a display filter selects the packets that the expression selects', { skip: skipWithout('tshark') }, async () => {
  for (const text of EXPRESSIONS) {
    const parsed = parseExpression(text, { fields })
    if (!parsed.ok) assert.fail(`${text}: ${parsed.error.message}`)
    const filter = compileDisplayFilter(parsed.expression)
    if (!filter.ok) assert.fail(`${text}: ${filter.reason}`)
    const predicate = compilePredicate<Packet>(parsed.expression, { readers, lists: new Map() })
    const expected = PACKETS.flatMap((each, index) => (predicate(each) ? [index + 1] : []))
    assert.deepEqual(await selectedByWireshark(filter.text), expected, `${text}\nbecame ${filter.text}`)
  }
})
