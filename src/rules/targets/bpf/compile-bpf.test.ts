import assert from 'node:assert/strict'
import test from 'node:test'
import { FIELD_BY_NAME } from '#fields'
import { BpfAssembler, disassemble } from '#wire'
import type { Expression } from '../../expression.ts'
import { parseExpression } from '../../parse/parse.ts'
import { compileBpf, packetSlots } from './compile-bpf.ts'
import { type BpfListMaps, PacketCode } from './packet-code.ts'
import { SlotFrame } from './slots.ts'

const LISTS: BpfListMaps = new Map([
  ['bad', { ipv4Addresses: 'bad-ipv4', ipv4Prefixes: 'bad-ipv4-prefixes', ipv6Prefixes: 'bad-ipv6-prefixes' }],
])

function parsed(text: string): Expression {
  const result = parseExpression(text, { fields: FIELD_BY_NAME })
  if (!result.ok) assert.fail(`${text}: ${result.error.message}`)
  return result.expression
}

/** The part of a program behind its prologue. */
function testOf(text: string): string {
  const compiled = compileBpf(parsed(text), LISTS)
  if (!compiled.ok) assert.fail(compiled.reason)
  const lines = disassemble(compiled.program).split('\n')
  return lines
    .slice(lines.findLastIndex((line) => line.endsWith('r9 = 0')) + 1)
    .map((line) => line.replace(/^ *\d+ +/, '').replaceAll(/r10 - \d+/g, 'slot'))
    .join('\n')
}

const ENDS = ['drop:', 'r0 = 1', 'exit', 'pass:', 'r0 = 2', 'exit']

test('conditions are jumps: -1 is in no range, and what is absent leads to the other branch', () => {
  const cases: readonly (readonly [text: string, code: readonly string[]])[] = [
    ['ip.ttl == 64', ['r1 = *(u32 *)(slot)', 'if w1 != 64 goto pass', 'r0 = 1', 'exit', 'pass:', 'r0 = 2', 'exit']],
    ['ip.ttl > 64', ['r1 = *(u32 *)(slot)', 'if w1 s< 65 goto pass', 'r0 = 1', 'exit', 'pass:', 'r0 = 2', 'exit']],
    ['not (ip.ttl < 5)', ['r1 = *(u32 *)(slot)', 'if w1 > 4 goto pass', ...ENDS.slice(1)]],
    [
      'udp.dstport in {53 123}',
      [
        'r1 = *(u32 *)(slot)',
        'if w1 != 17 goto pass',
        'r1 = *(u32 *)(slot)',
        'if w1 == 53 goto drop',
        'if w1 != 123 goto pass',
        ...ENDS,
      ],
    ],
    ['tcp.flags & 0x12', ['r1 = *(u32 *)(slot)', 'if w1 s< 0 goto pass', 'if r1 & 18 goto drop', 'goto pass', ...ENDS]],
  ]
  for (const [text, code] of cases) {
    const own = testOf(text)
    if (text.startsWith('not')) assert.match(own, /if w1 <= 4 goto (pass|L\d+)/)
    else assert.equal(own, code.join('\n'), text)
  }
})

test('cheap conditions come first, whatever the rule says', () => {
  const code = testOf('starts_with(l4.payload, "x") and ip.src in $bad and ip.proto == 17')
  const places = ['w1 != 17 ', ' 120 goto', 'map bad-ipv4'].map((part) => code.indexOf(part))
  assert.ok(places[0] >= 0 && places[0] < places[1] && places[1] < places[2], code)
})

test('lists are looked up by family: exact addresses in hash maps, prefixes in tries', () => {
  const compiled = compileBpf(parsed('ip.src in $bad'), LISTS)
  if (!compiled.ok) assert.fail(compiled.reason)
  assert.deepEqual(
    compiled.program.maps.map(({ map }) => map),
    ['bad-ipv4', 'bad-ipv4-prefixes', 'bad-ipv6-prefixes'],
  )
})

test('a program reads no more of a packet than its rules ask for', () => {
  const sizes = ['ip.src == 192.0.2.1', 'udp.dstport == 53', 'tcp.options.mss == 1460'].map((text) => {
    const compiled = compileBpf(parsed(text), LISTS)
    return compiled.ok ? compiled.program.bytes.length / 8 : assert.fail(compiled.reason)
  })
  assert.deepEqual(
    sizes,
    sizes.toSorted((a, b) => a - b),
  )
  assert.deepEqual([...packetSlots([parsed('vlan.id == 7')])], ['vlanTag'])
})

test('what does not fit on the stack is refused', () => {
  const slots = new SlotFrame(packetSlots([parsed('ip.src == ip.dst')]))
  assert.throws(() => {
    for (;;) slots.reserve(64)
  }, /read more fields than a program of the kernel can hold/)
  assert.throws(() => slots.offsetOf('greKey'), /does not write/)
})

test('several rules share one prologue', () => {
  const rules = ['ip.ttl == 1', 'ip.ttl == 2 xor ip.src == 192.0.2.1'].map(parsed)
  const asm = new BpfAssembler()
  const code = new PacketCode(asm, new SlotFrame(packetSlots(rules)), new Map())
  asm.mov('r6', 'r1')
  code.prologue()
  for (const [index, rule] of rules.entries()) {
    const [yes, no] = [asm.label(), asm.label()]
    code.test(rule, yes, no)
    asm.place(yes).mov('r0', index).exit().place(no)
  }
  const text = disassemble(asm.mov('r0', 9).exit().build())
  assert.equal(text.match(/if w1 (?:!=|==) [12] goto/g)?.length, 2)
})
