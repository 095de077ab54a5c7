import assert from 'node:assert/strict'
import test from 'node:test'
import * as fc from 'fast-check'
import { FIELD_BY_NAME } from '#fields'
import { type Expression, parseExpression } from '#rules'
import { AddressTable, NODE_FLAG } from './address-table.ts'
import { classesOf } from './classes.ts'
import { vectorBytes } from './edge-budget.ts'
import { numberTable } from './number-table.ts'
import { planSlots } from './slot-plan.ts'

function parsed(text: string): Expression {
  const result = parseExpression(text, { fields: FIELD_BY_NAME, point: 'firewall' })
  if (!result.ok) assert.fail(`${text}: ${result.error.message}`)
  return result.expression
}

function planOf(texts: readonly string[], goesOn: boolean = false) {
  return planSlots(texts.map((text) => ({ expression: parsed(text), goesOn })))
}

/** Walks a table as the program does. */
function lookup(table: AddressTable, bits: number, address: bigint): number {
  let entry = table.root[Number(address >> BigInt(bits - 16))]
  for (let shift = bits - 24; entry >= NODE_FLAG; shift -= 8) {
    entry = table.nodes[(entry - NODE_FLAG) * 256 + Number((address >> BigInt(shift)) & 0xffn)]
  }
  return entry
}

for (const [family, bits] of [
  ['ipv4', 32],
  ['ipv6', 128],
] as const) {
  test(`a table of ${family} addresses says for each the class that it was given`, () => {
    const address = fc.bigInt({ min: 0n, max: (1n << BigInt(bits)) - 1n })
    const near = fc.tuple(address, fc.nat(bits - 1)).map(([at, low]) => (at >> BigInt(low)) << BigInt(low))
    fc.assert(
      fc.property(
        fc.uniqueArray(near, { minLength: 1, maxLength: 12 }),
        fc.array(address, { maxLength: 20 }),
        (edges, asked) => {
          const starts = [0n, ...edges.filter((edge) => edge > 0n)].sort((left, right) => (left < right ? -1 : 1))
          const table = new AddressTable(family)
          for (const [index, from] of starts.entries()) table.fill(from, starts[index + 1] ?? 1n << BigInt(bits), index)
          for (const at of [...asked, ...starts, ...starts.slice(1).map((start) => start - 1n)]) {
            assert.equal(
              lookup(table, bits, at),
              starts.findLastIndex((start) => start <= at),
              at.toString(16),
            )
          }
        },
      ),
      { numRuns: 200 },
    )
  })
}

const MANY = Array.from({ length: 70 }, (_, index) => `udp.dstport == ${index} and ip.ttl > ${index}`)

test('values that no rule tells apart are one class, and its vector has the bits of their rules', () => {
  const plan = planOf(MANY)
  assert.deepEqual([plan.words, plan.dimensions.map(({ slot }) => slot)], [2, ['timeToLive', 'destinationPort']])
  const [ttl] = plan.dimensions
  const classes = classesOf(ttl, plan)
  assert.equal(classes.count, 71)
  const valueAt = (at: number): number => classes.segments.findLast(({ from }) => from <= at)?.value ?? -1
  const wordsOf = (value: number): bigint[] =>
    [0, 1, 2].map((word) => classes.vectors.readBigUInt64LE(value * vectorBytes(2) + word * 8))
  assert.deepEqual(wordsOf(valueAt(0)), [0n, 0n, 0n])
  assert.deepEqual(wordsOf(valueAt(2)), [1n, 3n, 0n])
  assert.deepEqual(wordsOf(valueAt(65)), [3n, (1n << 64n) - 1n, 1n])
  assert.deepEqual(wordsOf(valueAt(255)), [3n, (1n << 64n) - 1n, 63n])
  assert.deepEqual(wordsOf(valueAt(256)), [0n, 0n, 0n], 'a packet without it')
})

test('ports have their classes by transport; what is alike stands there once', () => {
  const plan = planOf([...MANY, 'tcp.dstport == 80'])
  const [, ports] = plan.dimensions
  if (ports.kind !== 'number') assert.fail()
  const table = numberTable(ports, classesOf(ports, plan).segments)
  assert.deepEqual(
    table.parts.map(({ transport, start }) => [transport, start]),
    [
      [6, 0],
      [17, 65_536],
      [132, undefined],
      [undefined, undefined],
    ],
  )
  assert.notEqual(table.entries[80], table.absentClass)
  assert.equal(table.entries[81], table.absentClass)
})

test('what no table can hold is asked by the rule itself, and what can be in none is left out', () => {
  const odd = planOf([...MANY, 'ip.ttl == 1 and tcp.seq == 7', 'ip.ttl < 0', 'ip.ttl == 3 or udp.dstport == 4'])
  const [sequence, first, second, ...others] = odd.slots.slice(MANY.length)
  assert.deepEqual([sequence?.rest.length, sequence?.constraints.size], [1, 1])
  assert.deepEqual(
    [first?.rule, second?.rule, others.length],
    [72, 72, 0],
    'two slots of one rule, none for the one before',
  )
})

test('slots of a rule after which packets go on stand in one word', () => {
  const texts = Array.from({ length: 63 }, () => 'ip.ttl == 1')
  const { slots } = planOf([...texts, 'ip.ttl == 3 and ip.proto == 1 or udp.dstport == 4'], true)
  assert.deepEqual([slots.length, slots[63], slots[64]?.rule, slots[65]?.rule], [66, undefined, 63, 63])
})

test('more rules than bits are refused', () => {
  const expression = parsed('ip.ttl == 1 or ip.proto == 2')
  const rules = Array.from({ length: 4096 }, () => ({ expression, goesOn: false }))
  assert.equal(planSlots(rules).slots.length, 4096)
  assert.throws(() => planSlots([...rules, ...rules.slice(0, 1)]), /4097 rules: at most 4096 fit/)
})
