import assert from 'node:assert/strict'
import test from 'node:test'
import { FIELD_BY_NAME } from '#fields'
import { parseExpression } from '../../parse/parse.ts'
import { compileNftRules } from './compile-nft.ts'

/** The chains of rules, which drop, or let packets go on for `log`. */
function chainsOf(texts: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const rules = texts.map((text, index) => {
    const parsed = parseExpression(text, { fields: FIELD_BY_NAME })
    if (!parsed.ok) assert.fail(`${text}: ${parsed.error.message}`)
    return { when: parsed.expression, lines: () => [`counter name c${index}`] }
  })
  const compiled = compileNftRules(rules, new Map())
  if (!compiled.ok) assert.fail(compiled.reason)
  return compiled.chains
}

const PORTS = Array.from({ length: 20 }, (_, index) => `udp.dstport == ${1000 + index} and ip.ttl > ${index}`)

test('rules about the values of one key are looked up, and only the rest is asked', () => {
  const chains = chainsOf(PORTS)
  const [look, ...rest] = chains.get('ipv4-udp') ?? []
  assert.match(look, /^@th,16,16 vmap \{ 1000 : goto ipv4-udp\/0, 1001 : goto ipv4-udp\/1, /)
  assert.deepEqual(rest, [])
  assert.deepEqual(chains.get('ipv4-udp/7'), ['@nh,64,8 8-255 jump rule-7'])
})

test('rules without a condition on the key keep their place among the others', () => {
  const chains = chainsOf([...PORTS.slice(0, 10), 'ip.ttl == 1 and udp', ...PORTS.slice(10)].map(withoutBool))
  const early = chains.get('ipv4-udp/3') ?? []
  const late = chains.get('ipv4-udp/15') ?? []
  const jumps = (lines: readonly string[]): string[] => lines.map((line) => line.split(' ').at(-1) ?? '')
  assert.deepEqual(jumps(early), ['rule-3', 'rule-10'])
  assert.deepEqual(jumps(late), ['rule-10', 'rule-16'])
  assert.deepEqual(jumps(chains.get('ipv4-udp')?.slice(1) ?? []), ['rule-10'])
})

function withoutBool(text: string): string {
  return text.replace(' and udp', ' and udp.length >= 8')
}

test('ranges that overlap are cut into pieces', () => {
  const ranges = Array.from({ length: 12 }, (_, index) => `tcp.dstport in {${index * 10}..${index * 10 + 14}}`)
  const chains = chainsOf(ranges)
  const [look] = chains.get('ipv4-tcp') ?? []
  assert.match(look, /vmap \{ 0-9 : goto ipv4-tcp\/0, 10-14 : goto ipv4-tcp\/1, 15-19 : goto ipv4-tcp\/2, /)
  assert.deepEqual(chains.get('ipv4-tcp/1'), ['jump rule-0', 'jump rule-1'])
})

test('addresses are looked up as their family writes them', () => {
  const networks = Array.from({ length: 10 }, (_, index) => `ip.src in {10.${index}.0.0/16 2001:db8:${index}::/48}`)
  const chains = chainsOf(networks)
  const texts = [...chains.values()].flat().filter((line) => line.includes('vmap'))
  assert.ok(texts.some((line) => line.startsWith('ip saddr vmap { 10.0.0.0-10.0.255.255 : goto ')))
  assert.ok(texts.some((line) => line.startsWith('ip6 saddr vmap {') && line.includes(' 2001:db8::-2001:db8:0:ffff:')))
})

test('few rules, and rules with nothing in common, are asked in a row', () => {
  assert.deepEqual(chainsOf(PORTS.slice(0, 5)).get('ipv4-udp')?.length, 5)
  const texts = Array.from({ length: 12 }, (_, index) => `udp.length > ${index} and tcp.options.mss == ${index}`)
  const odd = chainsOf([...texts, ...Array.from({ length: 12 }, (_, index) => `ip.id & ${index + 1}`)])
  assert.ok(![...odd.values()].flat().some((line) => line.includes('vmap')))
})
