import assert from 'node:assert/strict'
import test from 'node:test'
import { FIELD_BY_NAME } from '#fields'
import { parseExpression } from '../parse/parse.ts'
import { compileDisplayFilter } from './display-filter.ts'

function compiled(text: string): ReturnType<typeof compileDisplayFilter> {
  const parsed = parseExpression(text, { fields: FIELD_BY_NAME })
  if (!parsed.ok) assert.fail(parsed.error.message)
  return compileDisplayFilter(parsed.expression)
}

test('an expression becomes the display filter that selects the same packets', () => {
  const table: readonly (readonly [string, string, string])[] = [
    ['ip.src == 192.0.2.1', 'ip.src == 192.0.2.1', 'IPv4 keeps its name'],
    ['ip.src == 2001:db8::1', 'ipv6.src == 2001:db8::1', 'the family of the literal gives the name'],
    [
      'ip.src != 192.0.2.1',
      '((ip.src || ipv6.src) && !(ip.src == 192.0.2.1))',
      'an address of the other family is different',
    ],
    ['ip.src < 10.0.0.1', '(ip.src < 10.0.0.1 || ipv6.src < ::ffff:10.0.0.1)', 'both families stand in one order'],
    ['ip.src > ::1', '(ip.src || ipv6.src > ::1)', 'every IPv4 address is above ::1'],
    ['ip.dst in {10.0.0.0/8 ::1}', '(ip.dst in {10.0.0.0/8} || ipv6.dst in {::1})', 'a set is split by family'],
    ['tcp.dstport in {80 8000..8080}', 'tcp.dstport in {80, 8000..8080}', 'ranges look alike'],
    [
      'tcp.dstport == 70000',
      '(tcp.dstport && !tcp.dstport)',
      'no port is that large, and Wireshark refuses the literal',
    ],
    ['tcp.dstport > -1', 'tcp.dstport', 'Wireshark would read -1 as a large number'],
    ['http.host != "a"', '(http.host && !(http.host == "a"))', '`!=` has had two meanings in Wireshark'],
    ['http.host contains ""', 'http.host', 'Wireshark finds the empty string nowhere'],
    ['http.host matches r"^a\\.b$"', 'http.host matches r"(?-i)^a\\x2eb\\z"', 'case counts, and `$` is the end only'],
    [
      'http.host wildcard "a*\\""',
      'http.host matches r"(?-i)^[Aa](?s:.*)\\x22\\z"',
      'a quotation mark stays inside the literal',
    ],
    ['http.host == "a\\"b\\\\\\x0a"', 'http.host == "a\\"b\\\\\\x0a"', 'escapes'],
    [
      'http.host == "a" xor http.host == "b"',
      '((http.host == "a" && !(http.host == "b")) || (!(http.host == "a") && http.host == "b"))',
      'there is no xor',
    ],
    ['not http.host == "a"', '!(http.host == "a")', 'true without the field, as here'],
  ]
  for (const [text, expected, why] of table) assert.deepEqual(compiled(text), { ok: true, text: expected }, why)
})

test('what Wireshark cannot say is refused with its place', () => {
  const table: readonly (readonly [string, RegExp, string])[] = [
    ['tcp.dstport == 80 and ssl', /no field for `ssl`/, 'ssl'],
    ['ip.src in $office', /no named lists/, 'ip.src in $office'],
    ['http.host == "\\xe9"', /beyond ASCII/, 'http.host == "\\xe9"'],
    ['concat(http.host, "x") == "ax"', /`concat`/, 'concat(http.host, "x")'],
    ['any(http.request.headers["a"][*] == "b")', /`any`/, 'any(http.request.headers["a"][*] == "b")'],
    ['cidr(ip.src, 24, 64) == 10.0.0.0', /whole field/, 'cidr(ip.src, 24, 64)'],
    ['http.request.uri.query == http.host', /empty query/, 'http.request.uri.query == http.host'],
  ]
  for (const [text, reason, place] of table) {
    const result = compiled(text)
    if (result.ok) assert.fail(`${text} became ${result.text}`)
    assert.match(result.reason, reason)
    assert.equal(text.slice(result.span.start, result.span.end), place)
  }
})

test('nested xor is refused before it grows without end', () => {
  const text = Array.from({ length: 40 }, (_, at) => `tcp.dstport == ${at}`).join(' xor ')
  const result = compiled(text)
  assert.equal(result.ok, false)
})
