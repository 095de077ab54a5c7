import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { FirewallConfig } from '#config'
import type { ListData } from '#decide'
import { bringUp, enterOwnNetwork, listNft, TapDevice } from '#net'
import { type IpRange, packRanges, parseCidr } from '#wire'
import { ethernet, ipv4, ipv6, udp } from '../../../wire/packet/testing/index.ts'
import { packetPolicy, type WrittenRule } from '../testing/packet-policy.ts'
import { NftFirewall } from './nft-firewall.ts'

const skip = process.getuid?.() === 0 ? false : 'needs root'

const RULES: readonly WrittenRule[] = [{ id: 'source', when: 'ip.src in $large', action: 'drop' }]

function listOf(ranges: readonly IpRange[]): ListData {
  return { name: 'large', type: 'IP', ranges: packRanges(ranges) }
}

if (skip === false) {
  enterOwnNetwork()
  bringUp('lo')
}
const device = skip === false ? new TapDevice('test0') : undefined
const firewall = skip === false ? new NftFirewall(() => {}) : undefined
after(() => {
  firewall?.release()
  device?.close()
})
const CONFIG: FirewallConfig = {
  interfaces: [{ name: 'test0', directions: ['in'], protect: [] }],
  backend: 'nftables',
  onExit: 'open',
  management: [],
}

function apply(list: ListData): void {
  firewall?.apply(packetPolicy(RULES, [list]), CONFIG, 0)
}

function isDropped(source: string): boolean {
  const packets = (): number => firewall?.counters().find(({ ruleId }) => ruleId === 'source')?.packets ?? 0
  const before = packets()
  const segment = udp({ sourcePort: 4000, destinationPort: 1, payload: Buffer.alloc(18) })
  const addresses = { source, destination: source }
  device?.receive(ethernet(source.includes(':') ? ipv6(addresses, segment) : ipv4(addresses, segment)))
  return packets() > before
}

/** The names of the sets there are. */
function sets(): string {
  return JSON.stringify(listNft(['sets'], { isTerse: true }).map((each) => (each['set'] as { name?: string })?.name))
}

function cidr(text: string): IpRange {
  const range = parseCidr(text)
  if (range === undefined) throw new TypeError(text)
  return range
}

test('a large list changes in the sets that it has, also by prefixes that they have no set for', { skip }, () => {
  const ranges = Array.from({ length: 6000 }, (_, index) => cidr(`11.${index >> 8}.${index & 255}.0/24`))
  apply(listOf(ranges))
  const before = sets()
  assert.deepEqual([isDropped('11.0.7.9'), isDropped('12.0.0.1')], [true, false])
  // Larger than all others, smaller, and around what is there.
  apply(listOf([...ranges, cidr('12.0.0.0/20'), cidr('13.0.0.1'), cidr('11.0.0.0/21')]))
  assert.equal(sets(), before)
  assert.deepEqual(['12.0.15.255', '12.0.16.0', '13.0.0.1', '13.0.0.2', '11.0.7.9', '11.1.0.0'].map(isDropped), [
    true,
    false,
    true,
    false,
    true,
    true,
  ])
  apply(listOf(ranges.slice(1)))
  assert.equal(sets(), before)
  assert.deepEqual(['12.0.15.255', '13.0.0.1', '11.0.0.1', '11.0.7.9'].map(isDropped), [false, false, false, true])
})

test('what does not fit any more goes into sets of its own', { skip }, () => {
  const ranges = Array.from({ length: 6000 }, (_, index) => cidr(`11.${index >> 8}.${index & 255}.0/24`))
  apply(listOf(ranges))
  const before = sets()
  const more = Array.from({ length: 1900 }, (_, index) => cidr(`12.${index >> 8}.${index & 255}.0/24`))
  apply(listOf([...ranges, ...more]))
  assert.notEqual(sets(), before)
  assert.deepEqual(['11.0.7.9', '12.7.107.1', '12.7.108.1'].map(isDropped), [true, true, false])
  // An address of IPv6 has no place where all are of IPv4.
  const grown = sets()
  apply(listOf([...ranges, cidr('2001:db8::1')]))
  assert.notEqual(sets(), grown)
  assert.deepEqual(['2001:db8::1', '2001:db8::2', '12.7.107.1'].map(isDropped), [true, false, false])
})

test('a list that grows large by and by comes into sets of prefixes', { skip }, () => {
  const ranges = Array.from({ length: 4100 }, (_, index) => cidr(`11.${index >> 8}.${index & 255}.0/24`))
  for (const count of [10, 3900, 4000]) apply(listOf(ranges.slice(0, count)))
  assert.doesNotMatch(sets(), /ipv4-24/)
  apply(listOf(ranges))
  assert.match(sets(), /ipv4-24/)
  assert.deepEqual(['11.0.7.9', '11.16.3.1', '11.16.4.1'].map(isDropped), [true, true, false])
})

test('ranges that would be too many prefixes stay intervals', { skip }, () => {
  const ranges = Array.from({ length: 5000 }, (_, index) => ({ first: index * 1024 + 1, last: index * 1024 + 1022 }))
  apply(listOf(ranges))
  assert.match(sets(), /"list-large-\d+-ipv4"/)
  assert.deepEqual([isDropped('0.0.4.1'), isDropped('0.0.4.0')], [true, false])
})
