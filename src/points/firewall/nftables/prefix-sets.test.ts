import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listNft } from '#net'
import { formatIp, type IpRange, LINK_TYPE, packRanges, Packet } from '#wire'
import { ethernet, ipv4, ipv6, udp } from '../../../wire/packet/testing/index.ts'
import { PacketJudge } from '../packet-judge.ts'
import { packetPolicy, type WrittenRule } from '../testing/packet-policy.ts'
import { NftJudge } from './nft-judge.ts'

const skip = process.getuid?.() === 0 ? false : 'needs root'
const MAPPED = 0xffff_0000_0000n
const NETWORK = 0x2001_0db8n << 96n

/** A fixed sequence that looks random. */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state
  }
}

/** Networks of all sizes, and single addresses, spread over both versions of IP. */
function manyRanges(count: number): IpRange[] {
  const next = numbers(7)
  return Array.from({ length: count }, (_, index): IpRange => {
    const hostBits = index % 3 === 0 ? 0 : next() % 13
    const size = 2 ** hostBits
    if (index % 2 === 0) {
      const first = Math.floor(next() / size) * size
      return { first, last: first + size - 1 }
    }
    const [shift, low] = [BigInt(64 - hostBits + (next() % 20)), BigInt(next())]
    const first = NETWORK + ((low >> 12n) << (shift + 12n))
    return { first, last: first + (1n << shift) - 1n }
  })
}

function frameOf(source: number | bigint, destination: number | bigint, port: number): Buffer {
  const segment = udp({ sourcePort: 4000, destinationPort: port, payload: Buffer.alloc(18) })
  const isOld = typeof source === 'number' && typeof destination === 'number'
  const text = (address: number | bigint): string =>
    isOld ? formatIp(address) : formatIp(typeof address === 'number' ? MAPPED + BigInt(address) : address)
  const addresses = { source: text(source), destination: text(destination) }
  return ethernet(isOld ? ipv4(addresses, segment) : ipv6(addresses, segment))
}

/** Addresses at the edges of ranges and just outside. */
function* addressesAround(ranges: readonly IpRange[]): Iterable<number | bigint> {
  for (const { first, last } of ranges) {
    yield first
    yield last
    if (typeof first === 'number') {
      yield Math.max(0, first - 1)
      yield Math.min(0xffff_ffff, Number(last) + 1)
      yield MAPPED + BigInt(first)
    } else {
      yield first - 1n
      yield BigInt(last) + 1n
    }
  }
}

const RULES: readonly WrittenRule[] = [
  { id: 'source', when: 'ip.src in $large and udp.dstport == 1', action: 'drop' },
  { id: 'not-source', when: 'not ip.src in $large and udp.dstport == 2', action: 'drop' },
  { id: 'either', when: '(ip.src in $large or ip.dst in $large) and udp.dstport == 3', action: 'drop' },
  { id: 'only-one', when: '(ip.src in $large xor ip.dst in $large) and udp.dstport == 4', action: 'drop' },
]

test('sets of prefixes judge packets as the language says', { skip }, () => {
  const ranges = manyRanges(6000)
  const policy = packetPolicy(RULES, [{ name: 'large', type: 'IP', ranges: packRanges(ranges) }])
  const [script, kernel, packet] = [new PacketJudge(policy, [], 0), new NftJudge(policy, [], 0), new Packet('outer')]
  assert.ok(listNft(['sets'], { isTerse: true }).length > 20)
  const next = numbers(1)
  const picked = Array.from({ length: 120 }, () => ranges[next() % ranges.length])
  let hits = 0
  for (const address of addressesAround(picked)) {
    const other = picked[next() % picked.length].first
    const isSame = typeof other === typeof address
    const frame = frameOf(address, isSame ? other : address, 1 + (next() % 4))
    packet.read(frame, 0, frame.length, LINK_TYPE.ethernet)
    const expected = script.judge(packet, 0)
    if (expected.verdict === 'drop') hits++
    assert.deepEqual(kernel.judge(frame), expected, String(address))
  }
  kernel.close()
  assert.ok(hits > 100, String(hits))
})
