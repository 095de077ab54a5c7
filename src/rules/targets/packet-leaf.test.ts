import assert from 'node:assert/strict'
import test from 'node:test'
import { FIELD_BY_NAME } from '#fields'
import { formatIp, parseIp, toUint128 } from '#wire'
import { compileOperand } from '../compile/compile.ts'
import type { Expression } from '../expression.ts'
import { parseExpression } from '../parse/parse.ts'
import { checkBpf } from './bpf/compile-bpf.ts'
import { checkNft } from './nft/compile-nft.ts'
import { mergedRanges, otherRanges, rangesOfOrder } from './number-ranges.ts'
import { packetLeaf, type PacketLeaf } from './packet-leaf.ts'
import { splitForKernel } from './packet-split.ts'
import { printExpression } from '../print.ts'

function parsed(text: string): Expression {
  const result = parseExpression(text, { fields: FIELD_BY_NAME })
  if (!result.ok) assert.fail(`${text}: ${result.error.message}`)
  return result.expression
}

function leafOf(text: string): PacketLeaf {
  const expression = parsed(text)
  if (expression.kind === 'Logical' || expression.kind === 'Not') assert.fail(text)
  return packetLeaf(expression)
}

test('comparisons become ranges within what a field can hold', () => {
  const cases: readonly (readonly [text: string, ranges: string])[] = [
    ['udp.srcport == 53', '53-53'],
    ['udp.srcport != 53', '0-52 54-65535'],
    ['udp.srcport != 0', '1-65535'],
    ['ip.ttl < 5', '0-4'],
    ['ip.ttl <= 300', '0-255'],
    ['ip.ttl > 255', ''],
    ['ip.ttl >= 200', '200-255'],
    ['ip.proto in {6 17 5..7 300}', '5-7 17-17'],
    ['tcp.flags.syn', '1-1'],
    ['tcp.flags.syn == false', '0-0'],
    ['eth.src == "02:00:00:00:00:ff"', '2199023255807-2199023255807'],
    ['eth.src == "02:00:00:00:00:FF"', ''],
    ['starts_with(eth.dst, "ff:f")', '281406257233920-281474976710655'],
    ['starts_with(eth.dst, "ff::")', ''],
  ]
  for (const [text, expected] of cases) {
    const leaf = leafOf(text)
    if (leaf.kind !== 'NumberIn') assert.fail(text)
    assert.equal(leaf.ranges.map(({ first, last }) => `${first}-${last}`).join(' '), expected, text)
  }
})

test('ranges and what they leave out make up everything', () => {
  const ranges = mergedRanges(
    [
      { first: 3, last: 9 },
      { first: -5, last: 1 },
      { first: 10, last: 12 },
      { first: 99, last: 200 },
    ],
    100,
  )
  assert.deepEqual(ranges, [
    { first: 0, last: 1 },
    { first: 3, last: 12 },
    { first: 99, last: 100 },
  ])
  assert.deepEqual(otherRanges(ranges, 100), [
    { first: 2, last: 2 },
    { first: 13, last: 98 },
  ])
  assert.deepEqual(otherRanges([], 5), [{ first: 0, last: 5 }])
  assert.equal(rangesOfOrder('contains', 1, 5), undefined)
})

test('addresses become blocks of 128-bit numbers, and networks those of their addresses', () => {
  const addresses = [
    '0.0.0.0',
    '10.1.2.3',
    '192.0.2.7',
    '192.0.2.255',
    '255.255.255.255',
    '::',
    '::1',
    '2001:db8::1',
    '2001:db8:ffff::',
    '::fffe:0:0',
    '::1:0:0:0',
  ]
  const texts = [
    'cidr(ip.src, 24, 32) == 192.0.2.0',
    'cidr(ip.src, 24, 32) != 192.0.2.0',
    'cidr(ip.src, 8, 1) == ::',
    'cidr6(ip.src, 32) == 2001:db8::',
    'cidr(ip.src, 24, 32) == 192.0.2.7',
  ]
  for (const text of texts) {
    const leaf = leafOf(text)
    const expression = parsed(text)
    if (leaf.kind !== 'AddressIn' || expression.kind !== 'Comparison') assert.fail(text)
    for (const address of addresses) {
      const number = toUint128(parseIp(address)!)
      const isIn: boolean = leaf.blocks.some(({ first, last }) => number >= first && number <= last)
      const readers = { read: { 'ip.src': () => parseIp(address) } }
      const network = compileOperand(expression.left, { readers, lists: new Map() })(undefined)
      const wanted: unknown = expression.right.kind === 'Literal' ? expression.right.value : undefined
      assert.equal(
        isIn,
        (network === wanted) === (expression.operator === 'eq'),
        `${text} of ${formatIp(parseIp(address)!)}`,
      )
    }
  }
})

/** What neither target, or only nftables, refuses: the reason says what to write instead where there is something. */
const REFUSALS: readonly (readonly [text: string, bpf: RegExp | undefined, nft: RegExp | undefined])[] = [
  ['udp.srcport == 53 and ip.len > 1000', undefined, undefined],
  ['http.host == "a"', /`http.host` is not compared as bytes of a packet/, /`http.host`/],
  ['l4.payload contains "x"', /at most 64 bytes: write `substring\(l4.payload, 0, 64\)`/, /at most 64 bytes/],
  ['l4.payload matches "x"', /no `matches`/, /no `matches`/],
  ['l4.payload < "x"', /no `<` for values of type String/, /no `<`/],
  ['lower(l4.payload) == "x"', /lower\(\) is not computed/, /lower\(\)/],
  ['substring(l4.payload, -4) == "x"', /count from its first byte/, /count from/],
  ['substring(l4.payload, 250, 260) == "0123456789"', /up to byte 255/, /up to byte 255/],
  ['starts_with(l4.payload, "x") and tcp.window == tcp.urgent_pointer', undefined, /compares with constants/],
  ['ip.src == ip.dst', undefined, /compares with constants/],
  ['packet.malformed', undefined, /contradict/],
  ['vlan.inner_id == 4', undefined, /one VLAN tag/],
  ['tcp.len == 0', undefined, /subtract the lengths/],
  ['not tcp.options.sack_perm', undefined, undefined],
  ['tcp.options.sack_perm == false', undefined, /write `not` before it/],
  ['l4.payload == "abc"', undefined, /does not count bytes/],
  ['len(l4.payload) == 3', undefined, /does not count bytes/],
  ['l4.payload != "abc"', undefined, /write `not/],
  ['ends_with(l4.payload, "x")', /not tested by ends_with\(\)/, /ends_with/],
  ['eth.src contains "02"', /no `contains`/, /no `contains`/],
]

test('what a target cannot say is refused with the reason', () => {
  for (const [text, bpf, nft] of REFUSALS) {
    const expression = parsed(text)
    for (const [target, refusal, expected] of [
      ['bpf', checkBpf(expression), bpf],
      ['nft', checkNft(expression), nft],
    ] as const) {
      if (expected === undefined) assert.equal(refusal, undefined, `${target}: ${text}`)
      else assert.match(refusal?.reason ?? '', expected, `${target}: ${text}`)
    }
  }
})

test('a refused rule is split into what the kernel asks and what is left', () => {
  const split = splitForKernel(parsed('udp.srcport == 53 and (l4.payload contains "x" and ip.ttl < 5)'), checkBpf)!
  assert.equal(printExpression(split.kernel), 'udp.srcport == 53 and ip.ttl < 5')
  assert.equal(printExpression(split.userSpace), 'l4.payload contains "x"')
  assert.equal(split.refusals.length, 1)
  assert.equal(splitForKernel(parsed('udp.srcport == 53 or l4.payload contains "x"'), checkBpf), undefined)
  assert.equal(splitForKernel(parsed('udp.srcport == 53'), checkBpf), undefined)
})
