import assert from 'node:assert/strict'
import test from 'node:test'
import { FIELD_BY_NAME } from '#fields'
import { packRanges, parseCidr } from '#wire'
import type { Expression } from '../../expression.ts'
import { parseExpression } from '../../parse/parse.ts'
import { checkNft, compileNft, compileNftRules, nftSetElements } from './compile-nft.ts'

function parsed(text: string): Expression {
  const result = parseExpression(text, { fields: FIELD_BY_NAME })
  if (!result.ok) assert.fail(`${text}: ${result.error.message}`)
  return result.expression
}

function chainsOf(...texts: readonly string[]): Map<string, string[]> {
  const rules = texts.map((text) => ({ when: parsed(text), lines: () => [`counter drop comment "${text.length}"`] }))
  const compiled = compileNftRules(rules, new Map([['bad', { ipv4: 'bad4', ipv6: 'bad6' }]]))
  if (!compiled.ok) assert.fail(compiled.reason)
  return new Map(Array.from(compiled.chains, ([name, lines]) => [name, [...lines]]))
}

test('a rule is written for the packets that it can be true for, and for no others', () => {
  const chains = chainsOf('udp.srcport == 53 and ip.len > 1000 and not ip.src in $bad')
  assert.deepEqual(chains.get('ipv4-udp'), ['@th,0,16 53 @nh,16,16 1001-65535 ip saddr != @bad4 jump rule-0'])
  assert.deepEqual(chains.get('ipv6-udp'), ['@th,0,16 53 @nh,32,16 961-65535 ip6 saddr != @bad6 jump rule-0'])
  assert.deepEqual(
    [...chains.keys()].filter((name) => name.includes('tcp') || name.includes('arp')),
    [],
  )
})

test('what is absent is false, and `not` of it true, without being asked for', () => {
  const chains = chainsOf('not (udp.dstport == 53)')
  assert.deepEqual(chains.get('ipv4-udp'), ['@th,16,16 { 0-52, 54-65535 } jump rule-0'])
  const last = /^goto (\S+)$/.exec(chains.get('packets')?.at(-1) ?? '')?.[1] ?? ''
  assert.deepEqual(chains.get(last), ['jump rule-0'])
})

test('alternatives are asked one after the other, and a rule acts once', () => {
  const chains = chainsOf('tcp.dstport == 80 or (tcp.flags.syn and (ip.ttl < 5 or tcp.window == 0))')
  const [test] = chains.get('ipv4-tcp') ?? []
  assert.match(test, /^jump test-0-ipv4-tcp-0$/)
  assert.deepEqual(chains.get('test-0-ipv4-tcp-0')?.[0], '@th,16,16 80 goto rule-0')
  const leads = [...chains.values()].flat().filter((line) => line.endsWith('rule-0'))
  assert.ok(leads.every((line) => line.endsWith('goto rule-0')))
})

test('chains are declared before they are gone to', () => {
  const chains = chainsOf('ip.src in $bad xor tcp.flags.ack', 'frame.len > 100 and (vlan.id == 7 or ip.frag == 2)')
  const declared = new Set<string>()
  for (const [name, lines] of chains) {
    for (const line of lines) {
      const target = /(?:goto|jump) (\S+)$/.exec(line)?.[1]
      if (target !== undefined) assert.ok(declared.has(target), `${name} leads to ${target}`)
    }
    declared.add(name)
  }
})

test('what would take too many chains or rules is refused', () => {
  let nested = 'tcp.flags.syn'
  for (let depth = 0; depth < 16; depth++)
    nested = `(ip.ttl == ${depth} or tcp.options.mss == ${depth}) and (tcp.window == ${depth} or ${nested})`
  assert.match(checkNft(parsed(nested))?.reason ?? '', /too often for nftables/)
  const many = Array.from({ length: 14 }, (_, index) => `(tcp.options.mss == ${index})`).join(' xor ')
  assert.match(checkNft(parsed(many))?.reason ?? '', /too many rules|too often/)
})

test('sets of addresses: IPv6 packets may carry mapped IPv4 addresses', () => {
  const ranges = packRanges(['192.0.2.0/24', '10.0.0.1', '::/0'].map((text) => parseCidr(text)!))
  assert.deepEqual(nftSetElements(ranges), {
    ipv4: ['10.0.0.1', '192.0.2.0-192.0.2.255'],
    ipv6: [
      '::ffff:10.0.0.1',
      '::ffff:192.0.2.0-::ffff:192.0.2.255',
      '::-::fffe:ffff:ffff',
      '::1:0:0:0-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
    ],
  })
})

test('a script of its own has the sets, the chains and the hook', () => {
  const compiled = compileNft(
    parsed('ip.src in $bad'),
    'eth0',
    new Map([['bad', packRanges([parseCidr('192.0.2.0/24')!])]]),
  )
  if (!compiled.ok) assert.fail(compiled.reason)
  assert.match(
    compiled.text,
    /set bad-ipv4 \{ type ipv4_addr; flags interval; elements = \{ 192\.0\.2\.0-192\.0\.2\.255 \}; \}/,
  )
  assert.match(compiled.text, /hook ingress device "eth0"[^]*jump packets/)
})
