import assert from 'node:assert/strict'
import test from 'node:test'
import { FIELD_BY_NAME } from '#fields'
import type { Expression } from '../expression.ts'
import { parseExpression } from '../parse/parse.ts'
import { printExpression } from '../print.ts'
import { checkBpf, compileBpf } from './bpf/compile-bpf.ts'
import { checkNft, compileNft, compileNftRules } from './nft/compile-nft.ts'
import { asksForHook, atHook, atInterfaces, isNever } from './packet-hook.ts'

function parsed(text: string): Expression {
  const result = parseExpression(text, {
    fields: FIELD_BY_NAME,
    lists: new Map([['names', 'String']]),
    point: 'firewall',
  })
  if (!result.ok) assert.fail(`${text}: ${result.error.message}`)
  return result.expression
}

const LAN_OUT = { interfaceName: 'lan', direction: 'out' } as const

const FOLDED: readonly (readonly [text: string, atLanOut: string])[] = [
  ['ip.ttl == 1', 'ip.ttl == 1'],
  ['packet.direction == "out"', 'true'],
  ['packet.direction == "in" and ip.ttl == 1', 'false'],
  ['packet.direction == "out" and ip.ttl == 1', 'ip.ttl == 1'],
  ['packet.direction == "out" or ip.ttl == 1', 'true'],
  ['packet.interface != "lan" or ip.ttl == 1', 'ip.ttl == 1'],
  ['not packet.interface in {"wan" "dmz"} and ip.ttl == 1', 'ip.ttl == 1'],
  ['packet.interface == "lan" xor ip.ttl == 1', 'not ip.ttl == 1'],
  ['packet.interface == "wan" xor ip.ttl == 1 xor ip.len == 2', 'ip.ttl == 1 xor ip.len == 2'],
  ['packet.interface == "lan" xor packet.direction == "out"', 'false'],
  ['not (packet.interface == "lan" and ip.ttl == 1)', 'not ip.ttl == 1'],
  ['starts_with(packet.interface, "la") and len(packet.interface) == 3', 'true'],
  ['(ip.ttl == 1 or packet.direction == "in") and ip.len == 2', 'ip.ttl == 1 and ip.len == 2'],
]

test('what is known where packets pass is folded away', () => {
  for (const [text, expected] of FOLDED) {
    const folded = atHook(parsed(text), LAN_OUT)
    const shown = printExpression(folded).replaceAll(/[()]/g, '')
    assert.equal(shown, expected, text)
    assert.equal(isNever(folded), expected === 'false', text)
    assert.equal(asksForHook(folded), false, text)
  }
})

test('of several interfaces, those that a condition is true for are asked for by their names', () => {
  const at = (text: string): string => printExpression(atInterfaces(parsed(text), 'in', ['lan', 'wan', 'dmz']))
  assert.equal(at('starts_with(packet.interface, "w") and ip.ttl == 1'), 'packet.interface in {"wan"} and ip.ttl == 1')
  assert.equal(at('packet.interface != "wan"'), 'packet.interface in {"lan" "dmz"}')
  assert.equal(at('packet.interface != "eth9" and ip.ttl == 1'), 'ip.ttl == 1')
  assert.equal(at('packet.direction == "out" or packet.interface == "eth9"'), 'false')
})

test('nftables asks for the interface of the direction', () => {
  const rule = (text: string, direction: 'in' | 'out'): string => {
    const when = atInterfaces(parsed(text), direction, ['lan', 'wan', 'dmz'])
    const compiled = compileNftRules([{ when, lines: () => ['drop'] }], new Map(), '', direction)
    return compiled.ok ? [...compiled.chains.values()].flat().join('\n') : compiled.reason
  }
  assert.match(rule('packet.interface == "wan" and tcp.dstport == 1', 'in'), /iifname "wan"/)
  assert.match(rule('packet.interface in {"wan" "lan"}', 'out'), /oifname { "lan", "wan" }/)
  assert.match(rule('not packet.interface == "wan"', 'out'), /oifname != "wan"/)
})

test('rules may ask for places in every way; lists of names, and one expression alone, are refused', () => {
  for (const check of [checkBpf, checkNft]) {
    for (const [text] of FOLDED) assert.equal(check(parsed(text)), undefined, text)
    assert.match(check(parsed('packet.interface in $names'))?.reason ?? '', /lists of strings/)
    assert.match(check(parsed('packet.direction == "in" and l4.payload matches "a"'))?.reason ?? '', /matches/)
  }
  for (const compiled of [
    compileBpf(parsed('packet.direction == "in"'), new Map()),
    compileNft(parsed('packet.direction == "in"'), 'eth0', new Map()),
  ]) {
    assert.match(compiled.ok ? '' : compiled.reason, /only the firewall knows interfaces and directions/)
  }
})
