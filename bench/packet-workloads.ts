import type { ListData } from '#decide'
import { type IpRange, packRanges } from '#wire'
import type { WrittenRule } from '../src/points/firewall/testing/packet-policy.ts'
import { ethernet, ipv4, udp } from '../src/wire/packet/testing/index.ts'

type AddressList = Extract<ListData, { type: 'IP' }>

export const FIRST_PORT = 20_000

/** Rules of five fields, each about another source network and port. */
export function fiveFieldRules(count: number): WrittenRule[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `rule-${index}`,
    when: `ip.src in {10.${index >> 8}.${index & 255}.0/24} and ip.dst in {203.0.113.0/24} and ip.proto == 17 and udp.srcport in {1000..2000} and udp.dstport == ${FIRST_PORT + index}`,
    action: 'drop',
  }))
}

/** A datagram that the rule of this index drops. */
export function frameOfRule(index: number): Buffer {
  return datagram(`10.${index >> 8}.${index & 255}.9`, FIRST_PORT + index)
}

/** A datagram of 64 bytes on the wire. */
export function datagram(source: string, destinationPort: number): Buffer {
  const segment = udp({ sourcePort: 1234, destinationPort, payload: 'x'.repeat(18) })
  return ethernet(ipv4({ source, destination: '203.0.113.9' }, segment))
}

/** `count` networks of 256 addresses, spread over all. */
export function networkList(name: string, count: number): AddressList {
  const networks = Array.from({ length: count }, (_, index) => ((index * 0x9e_3779 + 1) & 0xff_ffff) * 256)
  return { name, type: 'IP', ranges: packRanges(networks.map((first) => ({ first, last: first + 255 }))) }
}

/** A million prefixes, from 4,096 addresses down to single ones. */
export function millionPrefixes(name: string): AddressList {
  const ranges = Array.from({ length: 1_000_000 }, (_, index) => ({
    first: index * 4096,
    last: index * 4096 + 2 ** (index % 13) - 1,
  }))
  return { name, type: 'IP', ranges: packRanges(ranges) }
}

/** The same in number, half of IPv4, half of IPv6: networks of 64 bits and up to 4,096 times as large. */
export function millionOfBothVersions(name: string): AddressList {
  const ranges = Array.from({ length: 1_000_000 }, (_, index): IpRange => {
    const hostBits = index % 13
    if (index % 2 === 0) return { first: index * 4096, last: index * 4096 + 2 ** hostBits - 1 }
    const first = (0x2001n << 112n) + (BigInt(index) << 80n)
    return { first, last: first + (1n << BigInt(64 + hostBits)) - 1n }
  })
  return { name, type: 'IP', ranges: packRanges(ranges) }
}

export const DENY_LIST: readonly WrittenRule[] = [{ id: 'deny', when: 'ip.src in $deny', action: 'drop' }]
export const LIMIT_BY_SOURCE: readonly WrittenRule[] = [
  { id: 'limit', when: 'ip.version == 4', action: { rate_limit: { per: ['ip.src'], packets: 100, burst: 1000 } } },
]

/** A hundred rules that do not match, and one that drops the rest: for us and for nftables. */
export const HUNDRED_RULES = 100
export function missedRules(): WrittenRule[] {
  const rules = Array.from({ length: HUNDRED_RULES }, (_, index) => ({
    id: `missed-${index}`,
    when: `ip.proto == 17 and udp.dstport == 53 and ip.len in {20..1000} and ip.src in {10.0.${index}.0/24} and ip.ttl == 64`,
    action: 'drop',
  }))
  return [...rules, { id: 'rest', when: 'ip.version == 4', action: 'drop' }]
}

/** The same as lines of nftables. */
export function missedNftRules(): string {
  return Array.from(
    { length: HUNDRED_RULES },
    (_, index) => `ip protocol udp udp dport 53 ip length 20-1000 ip saddr 10.0.${index}.0/24 ip ttl 64 counter drop`,
  ).join('\n')
}
