import type { Carried, Shape } from './shape.ts'

/** A number of a packet in the words of nftables: what it reads times `scale` plus `offset` is the field's value. */
export interface NftTerm {
  readonly text: string
  readonly scale: number
  readonly offset: number
  /** Largest number that it reads. */
  readonly limit: number
  /** Always there in this shape: a match of all its values is true, and one may ask for the others instead. */
  readonly isPresent: boolean
  /** Matches that must be true as well. */
  readonly guards: readonly string[]
  /** The words for the bits of a mask; absent where they are the text with the mask. */
  readonly masked?: (mask: number) => string
}

/** What a field is in a shape: never there, always one number, one of several terms, or beyond nftables. */
type NftField =
  | { readonly kind: 'Absent' }
  | { readonly kind: 'Number'; readonly value: number }
  /** One of them is there at most. */
  | { readonly kind: 'Terms'; readonly terms: readonly NftTerm[] }
  /** Matches for single values that no number says. */
  | { readonly kind: 'Values'; readonly matches: Readonly<Record<number, readonly string[]>> }
  | { readonly kind: 'Refused'; readonly reason: string }

const ABSENT: NftField = { kind: 'Absent' }

/** Bits of a header as nftables reads them: from `at` on, counted in bits. */
export function bits(
  base: 'll' | 'nh' | 'th' | 'ih',
  at: number,
  width: number,
  extras: Partial<NftTerm> = {},
): NftTerm {
  const limit = 2 ** width - 1
  const text = `@${base},${at},${width}`
  const masked = (mask: number): string => maskedBytes(base, at, width, mask)
  return { text, scale: 1, offset: 0, limit, isPresent: true, guards: [], masked, ...extras }
}

/** nft shifts masks wrongly for what does not begin and end with a byte: the whole bytes are masked instead. */
function maskedBytes(base: string, at: number, width: number, mask: number): string {
  const first = at & ~7
  const end = (at + width + 7) & ~7
  const shifted = BigInt(mask) << BigInt(end - at - width)
  return `@${base},${first},${end - first} & 0x${shifted.toString(16)}`
}

function terms(...list: readonly NftTerm[]): NftField {
  return { kind: 'Terms', terms: list }
}

type FieldOfShape = (shape: Shape) => NftField

const inFamily =
  (family: Shape['family'], field: NftField): FieldOfShape =>
  (shape) =>
    shape.family === family ? field : ABSENT

const ipv4 = (at: number, width: number, extras?: Partial<NftTerm>): FieldOfShape =>
  inFamily('ipv4', terms(bits('nh', at, width, extras)))
const ipv6 = (at: number, width: number, extras?: Partial<NftTerm>): FieldOfShape =>
  inFamily('ipv6', terms(bits('nh', at, width, extras)))

const both =
  (four: NftField, six: NftField): FieldOfShape =>
  ({ family }) =>
    family === 'ipv4' ? four : family === 'ipv6' ? six : ABSENT

const header = (at4: number, at6: number, width: number): FieldOfShape =>
  both(terms(bits('nh', at4, width)), terms(bits('nh', at6, width)))

const carried =
  (wanted: readonly Carried[], field: NftField): FieldOfShape =>
  ({ carried }) =>
    wanted.includes(carried) ? field : ABSENT

const transport = (
  wanted: Carried | readonly Carried[],
  at: number,
  width: number,
  extras?: Partial<NftTerm>,
): FieldOfShape => carried(typeof wanted === 'string' ? [wanted] : wanted, terms(bits('th', at, width, extras)))

const WITH_PORTS = ['tcp', 'udp', 'udpLite', 'sctp'] as const

const named = (text: string, limit: number, guards: readonly string[] = []): NftField =>
  terms({ text, scale: 1, offset: 0, limit, isPresent: false, guards })

const TIMESTAMPS_WHOLE = 'tcp option timestamp tsecr 0-4294967295'
const WRITE_NOT = 'write `not` before it: whether the options are whole, nftables cannot ask'

/** A Bool that has a match when it is true, and none when it is false. */
const onlyTrue = (match: string): NftField => ({ kind: 'Values', matches: { 1: [match] } })

const extension = (name: string): FieldOfShape =>
  inFamily('ipv6', { kind: 'Values', matches: { 0: [`exthdr ${name} missing`], 1: [`exthdr ${name} exists`] } })

const TAGGED = '@ll,96,16 { 0x8100, 0x88a8 }'
const UNTAGGED = '@ll,96,16 != { 0x8100, 0x88a8 }'
const ETHERNET_BYTES = 14
const TAG_BYTES = 4
const LENGTH_LIMIT = 0xffff_ffff

const length = (offset: number, guard: string): NftTerm => ({
  text: 'meta length',
  scale: 1,
  offset,
  limit: LENGTH_LIMIT,
  isPresent: false,
  guards: [guard],
})

const tag =
  (at: number, width: number): FieldOfShape =>
  () =>
    terms(bits('ll', at, width, { isPresent: false, guards: [TAGGED] }))

const refused =
  (reason: string): FieldOfShape =>
  () => ({ kind: 'Refused', reason })

const GRE_KEY: NftField = terms(
  bits('th', 32, 32, { isPresent: false, guards: ['@th,2,1 1', '@th,0,1 0'] }),
  bits('th', 64, 32, { isPresent: false, guards: ['@th,2,1 1', '@th,0,1 1'] }),
)

const NO_SUBTRACTION = 'nftables cannot subtract the lengths of headers: compare `ip.len` or `udp.length`'
const NO_OWN_STATE = 'nftables tracks connections by itself: write `ct.state == "invalid"`, or `backend: xdp`'

/** Each packet of IP has one of them, as long as it is asked for behind connection tracking. */
const CONNECTION: NftField = {
  kind: 'Values',
  matches: {
    0: ['ct state new'],
    1: ['ct state established'],
    2: ['ct state related'],
    3: ['ct state invalid'],
    4: ['ct state untracked'],
  },
}

const protocol: FieldOfShape = both(terms(bits('nh', 72, 8)), named('meta l4proto', 0xff))

/** For each field that is a number or a Bool how nftables reads it. Every place is counted in bits. */
export const NFT_NUMBERS: Readonly<Record<string, FieldOfShape>> = {
  'frame.len': ({ direction }) => {
    // Where packets leave, the Ethernet header is counted already.
    const uncounted = direction === 'in' ? ETHERNET_BYTES : 0
    return terms(length(uncounted, UNTAGGED), length(uncounted + TAG_BYTES, TAGGED))
  },
  'packet.malformed': refused('nftables does not say whether headers contradict each other'),
  'eth.type': () => terms(bits('ll', 96, 16, { isPresent: false, guards: ['@ll,96,16 0x0600-0xffff'] })),
  'vlan.id': tag(116, 12),
  'vlan.priority': tag(112, 3),
  'vlan.inner_id': refused('nftables reads one VLAN tag'),
  'arp.opcode': inFamily('arp', terms(bits('nh', 48, 16))),
  'ip.version': both({ kind: 'Number', value: 4 }, { kind: 'Number', value: 6 }),
  'ip.proto': protocol,
  'ip.len': both(terms(bits('nh', 16, 16)), terms(bits('nh', 32, 16, { offset: 40 }))),
  'ip.ttl': header(64, 56, 8),
  'ip.hdr_len': ipv4(4, 4, { scale: 4 }),
  'ip.id': ipv4(32, 16),
  'ip.flags.df': ipv4(49, 1),
  'ip.flags.mf': ipv4(50, 1),
  'ip.frag': both(
    {
      kind: 'Values',
      // The flag "more fragments" and the offset.
      matches: { 0: ['@nh,50,14 0'], 1: ['@nh,50,14 0x2000'], 2: ['@nh,51,13 != 0'] },
    },
    {
      kind: 'Values',
      matches: {
        0: ['exthdr frag missing', 'frag frag-off 0 frag more-fragments 0'],
        1: ['frag frag-off 0 frag more-fragments 1'],
        2: ['frag frag-off != 0'],
      },
    },
  ),
  'ip.frag_offset': both(
    terms(bits('nh', 51, 13)),
    terms(
      { text: 'frag frag-off', scale: 1, offset: 0, limit: 0x1fff, isPresent: false, guards: [] },
      // Without a fragment header it is 0.
      { text: 'exthdr frag', scale: 1, offset: 0, limit: 0, isPresent: false, guards: ['exthdr frag missing'] },
    ),
  ),
  'ip.dsfield': header(8, 4, 8),
  'ip.dsfield.dscp': header(8, 4, 6),
  'ip.dsfield.ecn': header(14, 10, 2),
  'ipv6.flow': ipv6(12, 20),
  'ipv6.nxt': ipv6(48, 8),
  'ipv6.plen': ipv6(32, 16),
  'ipv6.hlim': ipv6(56, 8),
  'ipv6.tclass': ipv6(4, 8),
  'ipv6.tclass.dscp': ipv6(4, 6),
  'ipv6.tclass.ecn': ipv6(10, 2),
  'ipv6.hopopts': extension('hbh'),
  'ipv6.routing': extension('rt'),
  'ipv6.routing.type': inFamily('ipv6', named('rt type', 0xff)),
  'ipv6.fraghdr': extension('frag'),
  'ipv6.dstopts': extension('dst'),
  'tcp.srcport': transport('tcp', 0, 16),
  'tcp.dstport': transport('tcp', 16, 16),
  'tcp.flags': transport('tcp', 100, 12),
  'tcp.flags.fin': transport('tcp', 111, 1),
  'tcp.flags.syn': transport('tcp', 110, 1),
  'tcp.flags.reset': transport('tcp', 109, 1),
  'tcp.flags.push': transport('tcp', 108, 1),
  'tcp.flags.ack': transport('tcp', 107, 1),
  'tcp.flags.urg': transport('tcp', 106, 1),
  'tcp.flags.ece': transport('tcp', 105, 1),
  'tcp.flags.cwr': transport('tcp', 104, 1),
  'tcp.flags.ae': transport('tcp', 103, 1),
  'tcp.seq': transport('tcp', 32, 32),
  'tcp.ack': transport('tcp', 64, 32),
  'tcp.window': transport('tcp', 112, 16),
  'tcp.urgent_pointer': transport('tcp', 144, 16),
  'tcp.hdr_len': transport('tcp', 96, 4, { scale: 4 }),
  'tcp.len': refused(NO_SUBTRACTION),
  'tcp.options.mss': carried(['tcp'], named('tcp option maxseg size', 0xffff)),
  'tcp.options.wscale': carried(['tcp'], named('tcp option window count', 0xff)),
  'tcp.options.sack_perm': carried(['tcp'], onlyTrue('tcp option sack-perm length 0-255')),
  'tcp.options.timestamp': carried(['tcp'], onlyTrue(TIMESTAMPS_WHOLE)),
  'tcp.options.timestamp.tsval': carried(['tcp'], named('tcp option timestamp tsval', 0xffff_ffff, [TIMESTAMPS_WHOLE])),
  'tcp.options.timestamp.tsecr': carried(['tcp'], named('tcp option timestamp tsecr', 0xffff_ffff)),
  'tcp.out_of_state': refused(NO_OWN_STATE),
  'udp.srcport': transport('udp', 0, 16),
  'udp.dstport': transport('udp', 16, 16),
  'udp.length': transport('udp', 32, 16),
  'icmp.type': transport('icmp', 0, 8),
  'icmp.code': transport('icmp', 8, 8),
  'icmpv6.type': transport('icmpv6', 0, 8),
  'icmpv6.code': transport('icmpv6', 8, 8),
  'sctp.srcport': transport('sctp', 0, 16),
  'sctp.dstport': transport('sctp', 16, 16),
  'gre.proto': transport('gre', 16, 16),
  'gre.flags.version': transport('gre', 13, 3),
  'gre.key': carried(['gre'], GRE_KEY),
  'l4.srcport': transport(WITH_PORTS, 0, 16),
  'l4.dstport': transport(WITH_PORTS, 16, 16),
  'l4.payload.len': refused(NO_SUBTRACTION),
  'ct.state': both(CONNECTION, CONNECTION),
}

/** Why a value of a field that has no match cannot be asked for. */
export const UNSAID_VALUE = WRITE_NOT

/** The words for each address, by family. */
export const NFT_ADDRESSES: Readonly<Record<string, Partial<Record<Shape['family'], string>>>> = {
  'ip.src': { ipv4: 'ip saddr', ipv6: 'ip6 saddr' },
  'ip.dst': { ipv4: 'ip daddr', ipv6: 'ip6 daddr' },
  'arp.src.proto_ipv4': { arp: 'arp saddr ip' },
  'arp.dst.proto_ipv4': { arp: 'arp daddr ip' },
}

/** Named `ether saddr`, an address would make nft look for IP by the type field behind it, where a VLAN tag may stand. */
export const NFT_HARDWARE_ADDRESSES: Readonly<Record<string, string>> = {
  'eth.dst': '@ll,0,48',
  'eth.src': '@ll,48,48',
}
