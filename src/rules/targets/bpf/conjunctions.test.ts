import assert from 'node:assert/strict'
import test from 'node:test'
import * as fc from 'fast-check'
import { FIELD_BY_NAME } from '#fields'
import { parseExpression } from '../../parse/parse.ts'
import { printExpression } from '../../print.ts'
import { conjunctionsOf } from './conjunctions.ts'
import { difference, type EdgeSet, intersection, union } from './edge-set.ts'

/** Each conjunction as text: what it asks along dimensions, and what remains. */
function conjunctions(text: string, limit: number = 16): string[] {
  const result = parseExpression(text, { fields: FIELD_BY_NAME, point: 'firewall' })
  if (!result.ok) assert.fail(`${text}: ${result.error.message}`)
  return conjunctionsOf(result.expression, limit).map(({ constraints, rest }) =>
    [
      ...[...constraints.values()].map(({ dimension, edges }) => `${dimension.slot} ${edges.join(' ')}`),
      ...rest.map(printExpression),
    ].join(', '),
  )
}

/** Ends of the ports of TCP, UDP, SCTP and others. */
const PORTS = [1, 2, 3, 4].map((place) => place * 65_536)

const CASES: readonly (readonly [text: string, conjunctions: readonly string[], why: string])[] = [
  ['ip.proto == 17 and ip.ttl > 9', ['protocol 17 18, timeToLive 10 256'], 'two dimensions'],
  ['ip.ttl > 9 and ip.ttl < 20', ['timeToLive 10 20'], 'one dimension, twice'],
  ['ip.ttl > 9 and ip.ttl < 5', [], 'nothing is both'],
  ['not (ip.ttl > 9)', ['timeToLive 0 10 256 257'], 'a packet without it is among the others'],
  ['ip.ttl == 1 or ip.ttl == 2', ['timeToLive 1 3'], 'alternatives along one dimension are one'],
  ['ip.ttl == 1 or ip.proto == 2', ['timeToLive 1 2', 'protocol 2 3'], 'along two they are two'],
  ['not (ip.ttl == 1 and ip.proto == 2)', ['timeToLive 0 1 2 257', 'protocol 0 2 3 257'], 'as are these'],
  ['tcp.flags.syn and not tcp.flags.ack', ['tcpFlags 2048 3072'], 'the flags that are asked for most stand first'],
  ['tcp.flags == 0x12', ['tcpFlags 3072 3073'], 'as a number, too'],
  ['tcp.dstport == 80', ['destinationPort 80 81'], 'of TCP'],
  ['udp.dstport == 80', [`destinationPort ${65_536 + 80} ${65_536 + 81}`], 'of UDP'],
  ['l4.dstport == 65535', [`destinationPort ${PORTS.flatMap((end) => [end - 1, end]).join(' ')}`], 'of all'],
  ['tcp.seq == 5 and ip.ttl == 1', ['timeToLive 1 2, tcp.seq == 5'], 'what no table holds remains'],
  [
    'ip.ttl == 1 or tcp.seq == 5',
    ['ip.ttl == 1 or tcp.seq == 5'],
    'an alternative without a dimension keeps all together',
  ],
  ['ip.ttl == 1 xor ip.proto == 2', ['ip.ttl == 1 xor ip.proto == 2'], 'as does xor'],
  ['vlan.priority == 7', ['vlanTag 57344 65536'], 'a part of a number'],
]

test('expressions become conjunctions along dimensions', () => {
  for (const [text, expected, why] of CASES) assert.deepEqual(conjunctions(text), expected, `${text}: ${why}`)
})

test('what would be too many conjunctions stays whole', () => {
  const pairs = '(ip.ttl == 1 or ip.proto == 2) and (ip.len == 3 or ip.id == 4)'
  assert.equal(conjunctions(pairs).length, 4)
  assert.deepEqual(conjunctions(pairs, 2), [
    'timeToLive 1 2, ip.len == 3 or ip.id == 4',
    'protocol 2 3, ip.len == 3 or ip.id == 4',
  ])
})

test('sets are combined number by number', () => {
  const set = fc.uniqueArray(fc.nat(30), { maxLength: 8 }).map((edges): EdgeSet => {
    const sorted = edges.sort((left, right) => left - right)
    return sorted.length % 2 === 0 ? sorted : sorted.slice(1)
  })
  const has = (edges: EdgeSet, number: number): boolean => edges.filter((edge) => edge <= number).length % 2 === 1
  fc.assert(
    fc.property(set, set, (left, right) => {
      for (let number = 0; number < 32; number++) {
        const [inLeft, inRight] = [has(left, number), has(right, number)]
        assert.equal(has(intersection(left, right), number), inLeft && inRight)
        assert.equal(has(union(left, right), number), inLeft || inRight)
        assert.equal(has(difference(left, right), number), inLeft && !inRight)
      }
    }),
  )
})
