import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import test from 'node:test'
import type { FieldValue } from '#fields'
import { FIELD_BY_NAME } from '#fields'
import { parseIp } from '#wire'
import { compileOperand } from '../compile/compile.ts'
import { parseExpression, parseOperand } from '../parse/parse.ts'
import { ROW_READERS, TEST_FIELD_BY_NAME } from '../test-fields.ts'
import { FUNCTIONS } from './index.ts'

function address(text: string): number | bigint {
  return parseIp(text) ?? assert.fail(text)
}

function call(text: string, values: Readonly<Record<string, FieldValue>> = {}): FieldValue | undefined {
  for (const type of ['String', 'Int', 'Bool', 'IP', 'Array<String>'] as const) {
    const result = parseOperand(text, type, { fields: TEST_FIELD_BY_NAME })
    if (result.ok)
      return compileOperand(result.operand, { readers: ROW_READERS, lists: new Map() })(new Map(Object.entries(values)))
    if (!/is needed, this is/.test(result.error.message)) assert.fail(`${text}: ${result.error.message}`)
  }
  return assert.fail(text)
}

const V4 = address('113.10.0.2')
const V6 = address('2001:0:130f::9c0:876a:130b')

/** Call, fields, result. Results are from the reference documentation where it gives an example. */
const CASES: readonly (readonly [string, Readonly<Record<string, FieldValue>>, FieldValue | undefined])[] = [
  ['lower(text)', { text: 'AbC\xc9' }, 'abc\xc9'],
  ['upper(text)', { text: 'aBc\xe9' }, 'ABC\xe9'],
  ['len(text)', { text: 'example.com' }, 11],
  ['len(texts)', { texts: ['a', 'b'] }, 2],
  ['len(headers)', { headers: new Map([['a', ['1']]]) }, 1],
  ['concat("String1", " ", "String", "2")', {}, 'String1 String2'],
  ['concat(texts, texts)', { texts: ['a'] }, ['a', 'a']],
  ['concat("a", text)', {}, undefined],
  ['cidr(address, 24, 24)', { address: V4 }, address('113.10.0.0')],
  ['cidr(address, 24, 24)', { address: V6 }, address('2001::')],
  ['cidr(address, 32, 128)', { address: V6 }, V6],
  ['cidr6(address, 24)', { address: V4 }, V4],
  ['cidr6(address, 24)', { address: V6 }, address('2001::')],
  ['contains_any(text, "x", "b")', { text: 'abc' }, true],
  ['contains_any(text, "x")', { text: 'abc' }, false],
  ['starts_with(text, "/blog")', { text: '/blog/first-post' }, true],
  ['ends_with(text, ".html")', { text: '/welcome.html' }, true],
  ['decode_base64(text)', { text: 'MTIzYWJj' }, '123abc'],
  ['decode_base64(text)', { text: '_-8' }, '\xff\xef'],
  ['decode_base64(text)', { text: 'YQ==' }, 'a'],
  ['decode_base64(text)', { text: 'a b' }, undefined],
  ['decode_base64(text)', { text: 'abcde' }, undefined],
  ['decode_base64(text)', { text: '' }, ''],
  ['encode_base64("hello world")', {}, 'aGVsbG8gd29ybGQ'],
  ['encode_base64("hello world", "p")', {}, 'aGVsbG8gd29ybGQ='],
  ['encode_base64(text, "u")', { text: '\xff\xef' }, '_-8'],
  ['encode_base64(text, "up")', { text: '\xff\xef' }, '_-8='],
  ['encode_base64(sha256("abc"), "p")', {}, 'ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0='],
  ['lookup_json_string(text, "company")', { text: '{ "company": "cloudflare", "product": "rulesets" }' }, 'cloudflare'],
  ['lookup_json_string(text, "network", "name")', { text: '{"network":{"name":"n"}}' }, 'n'],
  ['lookup_json_string(text, 1, "network")', { text: '[{"network":"a"},{"network":"\xc3\xa9"}]' }, '\xc3\xa9'],
  ['lookup_json_string(text, "a")', { text: '{"a":1}' }, undefined],
  ['lookup_json_string(text, "a")', { text: '{"a":"x"' }, undefined],
  ['lookup_json_string(text, "a")', { text: '{"a":"\xe9"}' }, undefined],
  ['lookup_json_string(text, "__proto__")', { text: '{}' }, undefined],
  ['lookup_json_string(text, "length")', { text: '["a"]' }, undefined],
  ['lookup_json_string(text, 0)', { text: '{"0":"a"}' }, undefined],
  ['lookup_json_integer(text, "version")', { text: '{"record_id":"aed53a","version":2}' }, 2],
  ['lookup_json_integer(text, 1)', { text: '["first_item", -234]' }, -234],
  ['lookup_json_integer(text, "network_ids", 0)', { text: '{"network_ids":[123,456]}' }, 123],
  ['lookup_json_integer(text, 0)', { text: '[42.0]' }, undefined],
  ['lookup_json_integer(text, 0)', { text: '[1e3]' }, undefined],
  ['lookup_json_integer(text, 0)', { text: '[9007199254740993]' }, undefined],
  ['lookup_json_integer(text, 1)', { text: '["1.5", 7]' }, 7],
  ['regex_replace("/foo/bar", "/bar$", "/baz")', {}, '/foo/baz'],
  ['regex_replace("/x", "^/y$", "/mumble")', {}, '/x'],
  ['regex_replace("/foo", "^/FOO$", "/x")', {}, '/foo'],
  ['regex_replace("/a/a", "/a", "/b")', {}, '/b/a'],
  ['regex_replace("/b", "^/b$", "/b$$")', {}, '/b$'],
  ['regex_replace("/foo/a/path", "^/foo/([^/]*)/(.*)$", "/bar/${2}/${1}")', {}, '/bar/path/a'],
  ['regex_replace("b", "(a)?b", "[${1}${9}$x]")', {}, '[$x]'],
  ['remove_bytes(text, "\\x2e\\x77")', { text: 'www.cloudflare.com' }, 'cloudflarecom'],
  ['remove_bytes(text, "")', { text: 'a' }, 'a'],
  ['remove_query_args(text, "country")', { text: 'order=asc&country=GB' }, 'order=asc'],
  ['remove_query_args(text, "search")', { text: 'order=asc&country=GB' }, 'order=asc&country=GB'],
  ['remove_query_args(text, "category", "x")', { text: 'category=Foo&order=desc&category=Bar&x' }, 'order=desc'],
  ['split(text, ",", 64)', { text: 'groceries,electronics,diy,auto' }, ['groceries', 'electronics', 'diy', 'auto']],
  ['split(text, ",", 3)', { text: 'groceries,electronics,diy,auto' }, ['groceries', 'electronics', 'diy,auto']],
  ['split(text, ",", 64)', { text: 'groceries,,electronics' }, ['groceries', '', 'electronics']],
  ['split(text, ",", 1)', { text: 'a,b' }, ['a,b']],
  ['split(text, ",", 2)', { text: '' }, ['']],
  ['substring(text, 2, 5)', { text: 'asdfghjk' }, 'dfg'],
  ['substring(text, 2)', { text: 'asdfghjk' }, 'dfghjk'],
  ['substring(text, -2)', { text: 'asdfghjk' }, 'jk'],
  ['substring(text, 0, -2)', { text: 'asdfghjk' }, 'asdfgh'],
  ['substring(text, 5, 2)', { text: 'asdfghjk' }, ''],
  ['to_string(number)', { number: -5 }, '-5'],
  ['to_string(flag)', { flag: true }, 'true'],
  ['to_string(address)', { address: V4 }, '113.10.0.2'],
  ['to_string(address)', { address: V6 }, '2001:0:130f::9c0:876a:130b'],
  ['url_decode("John%20Doe")', {}, 'John Doe'],
  ['url_decode("John+Doe")', {}, 'John Doe'],
  ['url_decode("%2520")', {}, '%20'],
  ['url_decode("%2520", "r")', {}, ' '],
  ['url_decode("%E4%BD")', {}, '\xe4\xbd'],
  ['url_decode("%u2601%4")', {}, '%u2601%4'],
  ['url_decode("%u2601", "u")', {}, '\xe2\x98\x81'],
  ['url_decode("%uD83D%uDE00", "u")', {}, '\xf0\x9f\x98\x80'],
  ['url_decode("%25u2601", "ru")', {}, '\xe2\x98\x81'],
  [
    'wildcard_replace(text, "https://*.example.com/*/*", "https://example.com/${1}/${2}/${3}")',
    { text: 'https://apps.example.com/calendar/admin?expand=true' },
    'https://example.com/apps/calendar/admin?expand=true',
  ],
  [
    'wildcard_replace(text, "/applications/*", "/apps/${1}")',
    { text: 'https://example.com/applications/app1' },
    'https://example.com/applications/app1',
  ],
  ['wildcard_replace(text, "/apps/*", "/${1}")', { text: '/Apps/Calendar' }, '/Calendar'],
  ['wildcard_replace(text, "/apps/*", "/${1}", "s")', { text: '/Apps/calendar' }, '/Apps/calendar'],
  ['wildcard_replace(text, "/apps/*/login", "/${1}/login")', { text: '/apps/calendar/login' }, '/calendar/login'],
  ['bit_slice(text, 4, 8)', { text: 'E' }, 5],
  ['bit_slice(text, 0, 32)', { text: '\xff\xff\xff\xff' }, 0xffff_ffff],
  ['bit_slice(text, 4, 12)', { text: '\xab\xcd' }, 0xbc],
  ['bit_slice(text, 4, 12)', { text: '\xab' }, undefined],
]

test('functions compute what they say', () => {
  for (const [text, values, expected] of CASES)
    assert.deepEqual(call(text, values), expected, `${text} of ${JSON.stringify(Object.keys(values))}`)
})

function messageMac(
  key: string,
  message: string,
  separator: string,
  time: number,
  encode: (mac: Buffer) => string,
): string {
  return `${message}${separator}${time}-${encode(createHmac('sha256', key).update(`${message}${time}`).digest())}`
}

const percent = (mac: Buffer): string => encodeURIComponent(mac.toString('base64'))
const urlSafe = (mac: Buffer): string => mac.toString('base64url')

function valid(text: string, now: number, rest = ', 8', name = 'is_timed_hmac_valid'): FieldValue | undefined {
  return call(`${name}("key", text, 60, number${rest})`, { text, number: now })
}

test('is_timed_hmac_valid accepts a fresh token only', () => {
  const token = messageMac('key', '/download/cat.jpg', '?verify=', 1_484_063_787, percent)
  assert.equal(valid(token, 1_484_063_800), true)
  assert.equal(valid(token, 1_484_063_800, ', 8', 'is_timed_hmac_valid_v0'), true)
  assert.equal(valid(token, 1_484_063_847), true)
  assert.equal(valid(token, 1_484_063_848), false, 'too old')
  assert.equal(valid(token.replace('cat', 'dog'), 1_484_063_800), false, 'another message')
  assert.equal(valid(token, 1_484_063_800, ', 7'), false, 'another separator')
  assert.equal(valid(token, 1_484_063_800, ''), false)
  assert.equal(valid('', 1), false)
  assert.equal(valid('-'.repeat(500), 1), false)
  // Some of these MACs have hyphens, which also stand before the MAC.
  for (let i = 0; i < 50; i++) {
    assert.equal(
      valid(messageMac('key', `/a-${i}`, '', 1_484_063_787, urlSafe), 1_484_063_787, ', 0, "s"'),
      true,
      String(i),
    )
  }
})

test('uuidv4 is a version 4 UUID that only depends on its source', () => {
  const first = call('uuidv4(text)', { text: 'a' })
  assert.match(
    typeof first === 'string' ? first : '',
    /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  )
  assert.equal(call('uuidv4(text)', { text: 'a' }), first)
  assert.notEqual(call('uuidv4(text)', { text: 'b' }), first)
})

test('results are bounded', () => {
  const half = 'a'.repeat(600_000)
  assert.equal(call('concat(text, text)', { text: half }), undefined)
  assert.equal(call('len(concat(text, "b"))', { text: half }), 600_001)
})

test('every function has an example that is a valid expression or value', () => {
  for (const definition of FUNCTIONS.values()) {
    const options = { fields: FIELD_BY_NAME }
    const results = [parseExpression(definition.example, options), parseOperand(definition.example, 'String', options)]
    const faults = results.map((result) => (result.ok ? '' : result.error.message))
    assert.ok(
      results.some((result) => result.ok),
      `${definition.example}: ${faults.join(' / ')}`,
    )
    assert.ok(definition.help.length > 20)
  }
})
