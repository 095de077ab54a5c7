import {
  DESTINATION_WORD,
  fromUint128,
  type IpAddress,
  type Packet,
  PROTOCOL,
  readIpv6Words,
  TUNNEL,
  type TunnelKind,
} from '#wire'
import type { FlowEnds, FlowTunnel } from './contract.ts'
import { TupleTable } from './tuple-table.ts'

const ADDRESS_WORDS = 4
const ADDRESS_LIMIT = 1 << 20
const CONTEXT_LIMIT = 1 << 16
/** Keys for each flow that is known at a time: of those that were given out, the latest are remembered. */
const KEYS_A_FLOW = 4
const KEYS_LEAST = 65_536

/** A key: the lower address, the other one, the port of the first and of the other, and `KIND`. */
const KEY_WORDS = 4
/** What stands behind a key in its row. */
export const KEY_EXTRA = {
  /** The flow's row plus one; 0 when it was given out. */
  flow: 4,
  /** Sequence numbers that the connection began with, of the first address and of the other. */
  firstBase: 5,
  otherBase: 6,
  /** Bits: which of both are known. */
  knownBases: 7,
} as const
const KEY_EXTRA_WORDS = 4

/** The last word of a key: protocol, IP version, and the number of what is around the packet. */
const KIND = { ipv6: 1 << 8, contextShift: 9, protocol: 0xff } as const

/** A context: VLAN tags, the kind of tunnel, its identifier, and the addresses of its ends. */
const CONTEXT_WORDS = 5
const TAG = { id: 0x0fff, present: 0x1000, innerShift: 16 } as const
const TUNNEL_KINDS = Object.keys(TUNNEL) as TunnelKind[]
const OUTER_IPV6 = 1 << 8

const ECHO_TYPES: ReadonlySet<number> = new Set([0, 8])
const ECHO_TYPES_V6: ReadonlySet<number> = new Set([128, 129])

const NOTHING_AROUND = { vlan: undefined, innerVlan: undefined, tunnel: undefined } as const

/**
 * What tells flows apart. IPv6 addresses and what is around a packet are numbered, so that a key is four words for every
 * packet; overlapping networks in other tunnels or VLANs do not mix.
 */
export class FlowKeys {
  readonly table: TupleTable
  readonly #addresses = new TupleTable(ADDRESS_WORDS, 0, ADDRESS_LIMIT)
  readonly #contexts = new TupleTable(CONTEXT_WORDS, 0, CONTEXT_LIMIT)
  readonly #key = new Uint32Array(KEY_WORDS)
  readonly #address = new Uint32Array(ADDRESS_WORDS)
  readonly #context = new Uint32Array(CONTEXT_WORDS)
  /** Of the last packet: its source is the address that stands first in the key. */
  isForward = true

  /** `flowLimit`: how many flows are known at a time. */
  constructor(flowLimit: number) {
    this.table = new TupleTable(KEY_WORDS, KEY_EXTRA_WORDS, Math.max(KEYS_LEAST, flowLimit * KEYS_A_FLOW))
  }

  /** True when the next key may find no room. */
  get isFull(): boolean {
    return this.table.isFull || this.#addresses.size >= ADDRESS_LIMIT - 4
  }

  /** True when addresses fill the room: they are forgotten with all keys only. */
  get isFullOfAddresses(): boolean {
    return this.#addresses.size >= ADDRESS_LIMIT - 4
  }

  clear(): void {
    this.table.clear()
    this.#addresses.clear()
    this.#contexts.clear()
  }

  /** The row of the key of a packet, which `table.isNew` tells to be new; -1 when there is no room. */
  intern(packet: Packet): number {
    return this.#write(packet, contextOf(packet) ? this.#contextNumber(packet) : 0) ? this.table.intern(this.#key) : -1
  }

  /** The row of a flow whose packet `quoted` was on its way in the surroundings of `around`; -1 when it is not known. */
  findQuoted(quoted: Packet, around: Packet): number {
    const context = contextOf(around) ? this.#contextNumber(around) : 0
    return this.#write(quoted, context) ? this.table.find(this.#key) : -1
  }

  #write(packet: Packet, context: number): boolean {
    const { addresses, ipVersion } = packet
    const source = ipVersion === 4 ? addresses[3] : this.#addressNumber(addresses, 0)
    const destination = ipVersion === 4 ? addresses[7] : this.#addressNumber(addresses, DESTINATION_WORD)
    if (source < 0 || destination < 0 || context < 0) return false
    let sourcePort = packet.sourcePort
    let destinationPort = packet.destinationPort
    if (sourcePort < 0) sourcePort = destinationPort = echoIdentifier(packet)
    const isForward = source < destination || (source === destination && sourcePort <= destinationPort)
    const key = this.#key
    key[0] = isForward ? source : destination
    key[1] = isForward ? destination : source
    key[2] = isForward ? (sourcePort << 16) | destinationPort : (destinationPort << 16) | sourcePort
    key[3] = (packet.protocol & KIND.protocol) | (ipVersion === 6 ? KIND.ipv6 : 0) | (context << KIND.contextShift)
    this.isForward = isForward
    return true
  }

  #addressNumber(words: Uint32Array, at: number): number {
    const address = this.#address
    for (let word = 0; word < ADDRESS_WORDS; word++) address[word] = words[at + word]
    return this.#addresses.intern(address)
  }

  /** Numbers from 1; 0 is a packet with nothing around it. Of too many contexts the last ones are one. */
  #contextNumber(packet: Packet): number {
    const context = this.#context
    context.fill(0)
    context[0] = tagWord(packet.vlanTag) | (tagWord(packet.innerVlanTag) << TAG.innerShift)
    const { tunnelDepth } = packet
    if (tunnelDepth > 0) this.#writeTunnel(packet, packet.tunnelKinds[tunnelDepth - 1])
    const row = this.#contexts.intern(context)
    return row < 0 ? CONTEXT_LIMIT : row + 1
  }

  /** Identifiers of VXLAN and Geneve name a network; those of other tunnels differ by direction, so their ends count. */
  #writeTunnel(packet: Packet, kind: number): void {
    const context = this.#context
    context[1] = kind
    if (kind === TUNNEL.vxlan || kind === TUNNEL.geneve) {
      context[2] = packet.tunnelId + 1
      return
    }
    const start = packet.outerStarts[0]
    const isIpv4 = packet.bytes[start] >> 4 === 4
    const one = isIpv4 ? packet.uint32(start + 12) : this.#outerAddress(packet, start + 8)
    const other = isIpv4 ? packet.uint32(start + 16) : this.#outerAddress(packet, start + 24)
    if (!isIpv4) context[1] |= OUTER_IPV6
    context[3] = Math.min(one, other)
    context[4] = Math.max(one, other)
  }

  #outerAddress(packet: Packet, at: number): number {
    for (let word = 0; word < ADDRESS_WORDS; word++) this.#address[word] = packet.uint32(at + word * 4)
    return Math.max(0, this.#addresses.intern(this.#address))
  }

  /** The ends of the flow with a key. `clientIsFirst`: the address that stands first in it is the client's. */
  ends(row: number, id: number, clientIsFirst: boolean): FlowEnds {
    const { rows } = this.table
    const at = this.table.offset(row)
    const kind = rows[at + 3]
    const isIpv6 = (kind & KIND.ipv6) !== 0
    const first = this.#ipAddress(rows[at], isIpv6)
    const other = this.#ipAddress(rows[at + 1], isIpv6)
    const firstPort = rows[at + 2] >>> 16
    const otherPort = rows[at + 2] & 0xffff
    const context = this.#surroundings(kind >>> KIND.contextShift)
    return {
      id,
      protocol: kind & KIND.protocol,
      client: clientIsFirst ? first : other,
      clientPort: clientIsFirst ? firstPort : otherPort,
      server: clientIsFirst ? other : first,
      serverPort: clientIsFirst ? otherPort : firstPort,
      vlan: context.vlan,
      innerVlan: context.innerVlan,
      tunnel: context.tunnel,
    }
  }

  #ipAddress(value: number, isIpv6: boolean): IpAddress {
    return isIpv6 ? fromUint128(readIpv6Words(this.#addresses.rows, this.#addresses.offset(value))) : value
  }

  #surroundings(context: number): Pick<FlowEnds, 'vlan' | 'innerVlan' | 'tunnel'> {
    if (context === 0 || context >= CONTEXT_LIMIT) return NOTHING_AROUND
    const { rows } = this.#contexts
    const at = this.#contexts.offset(context - 1)
    return {
      vlan: tagId(rows[at] & 0xffff),
      innerVlan: tagId(rows[at] >>> TAG.innerShift),
      tunnel: rows[at + 1] === 0 ? undefined : this.#tunnel(rows, at),
    }
  }

  #tunnel(rows: Uint32Array, at: number): FlowTunnel {
    const number = rows[at + 1] & 0xff
    const kind = TUNNEL_KINDS.find((name) => TUNNEL[name] === number) ?? 'gre'
    const isIpv6 = (rows[at + 1] & OUTER_IPV6) !== 0
    if (kind === 'vxlan' || kind === 'geneve') return { kind, id: rows[at + 2] - 1, ends: undefined }
    return { kind, id: undefined, ends: [this.#ipAddress(rows[at + 3], isIpv6), this.#ipAddress(rows[at + 4], isIpv6)] }
  }
}

function contextOf(packet: Packet): boolean {
  return packet.vlanCount > 0 || packet.tunnelDepth > 0
}

function tagWord(tag: number): number {
  return tag < 0 ? 0 : (tag & TAG.id) | TAG.present
}

function tagId(word: number): number | undefined {
  return word === 0 ? undefined : word & TAG.id
}

/** The identifier tells one ping from another. */
function echoIdentifier(packet: Packet): number {
  const { transport, transportStart } = packet
  if (transport === PROTOCOL.icmp) {
    return ECHO_TYPES.has(packet.bytes[transportStart]) ? packet.uint16(transportStart + 4) : 0
  }
  if (transport !== PROTOCOL.icmpv6) return 0
  return ECHO_TYPES_V6.has(packet.bytes[transportStart]) ? packet.uint16(transportStart + 4) : 0
}
