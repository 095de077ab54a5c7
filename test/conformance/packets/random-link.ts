import { ETHER_TYPE, LINK_TYPE } from '#wire'
import { ethernet, words } from '../../../src/wire/packet/testing/index.ts'
import type { Random } from '../random.ts'

/** A frame of a link type. */
export interface LinkFrame {
  readonly linkType: number
  readonly bytes: Buffer
}

const SNAP = Buffer.from('aaaa03000000', 'hex')

/** How each link type carries an IP packet of an EtherType. */
const WRAPPERS: readonly (readonly [
  linkType: number,
  wrap: (packet: Buffer, type: number, random: Random) => Buffer,
])[] = [
  [LINK_TYPE.ethernet, (packet) => ethernet(packet)],
  [LINK_TYPE.ethernet, (packet, _, random) => ethernet(packet, { vlans: random.list(2, () => random.below(65_536)) })],
  [
    LINK_TYPE.ethernet,
    (packet, type) => ethernet(Buffer.concat([SNAP, words(type), packet]), { type: packet.length + 8 }),
  ],
  [
    LINK_TYPE.ethernet,
    (packet) => ethernet(Buffer.concat([words(0x0001, 0x0040, 0x0002, 0x0140), packet]), { type: ETHER_TYPE.mpls }),
  ],
  [LINK_TYPE.ethernet, (packet, type) => ethernet(pppoe(packet, type), { type: ETHER_TYPE.pppoeSession })],
  [LINK_TYPE.raw, (packet) => packet],
  [LINK_TYPE.rawBsd, (packet) => packet],
  [LINK_TYPE.null, (packet, type) => Buffer.concat([family(type, true), packet])],
  [LINK_TYPE.null, (packet, type) => Buffer.concat([family(type, false), packet])],
  [LINK_TYPE.loop, (packet, type) => Buffer.concat([family(type, false), packet])],
  [LINK_TYPE.linuxCooked, (packet, type) => Buffer.concat([words(0, 1, 6, 0x0200, 0, 1, 0, type), packet])],
  [LINK_TYPE.linuxCooked2, (packet, type) => Buffer.concat([words(type, 0, 0, 3, 1, 6, 0x0200, 0, 1, 0), packet])],
  [LINK_TYPE.ppp, (packet, type) => Buffer.concat([words(0xff03, pppProtocol(type)), packet])],
  [
    LINK_TYPE.pppWithDirection,
    (packet, type) => Buffer.concat([Buffer.from([1]), words(0xff03, pppProtocol(type)), packet]),
  ],
  [LINK_TYPE.ciscoHdlc, (packet, type) => Buffer.concat([words(0x0f00, type), packet])],
  [LINK_TYPE.ieee80211, (packet, type) => Buffer.concat([dataHeader(), SNAP, words(type), packet])],
  [
    LINK_TYPE.ieee80211Radiotap,
    (packet, type) => Buffer.concat([radiotapHeader(), dataHeader(), SNAP, words(type), packet, Buffer.alloc(4)]),
  ],
  [LINK_TYPE.nflog, (packet, type) => nflog(packet, type)],
]

/** The packet in a frame of any link type. */
export function randomLink(random: Random, packet: Buffer): LinkFrame {
  const [linkType, wrap] = random.pick(WRAPPERS)
  const type = packet[0] >> 4 === 6 ? ETHER_TYPE.ipv6 : ETHER_TYPE.ipv4
  return { linkType, bytes: wrap(packet, type, random) }
}

function pppProtocol(type: number): number {
  return type === ETHER_TYPE.ipv6 ? 0x57 : 0x21
}

function pppoe(packet: Buffer, type: number): Buffer {
  return Buffer.concat([words(0x1100, 7, packet.length + 2, pppProtocol(type)), packet])
}

function family(type: number, littleEndian: boolean): Buffer {
  const number = type === ETHER_TYPE.ipv6 ? 30 : 2
  return littleEndian ? Buffer.from([number, 0, 0, 0]) : Buffer.from([0, 0, 0, number])
}

/** A data frame with quality of service from an access point. */
function dataHeader(): Buffer {
  return Buffer.concat([Buffer.from([0x88, 0x02, 0, 0]), Buffer.alloc(18, 2), Buffer.from([0, 0, 0, 0])])
}

/** With a clock, and flags that announce a check sequence. */
function radiotapHeader(): Buffer {
  const header = Buffer.alloc(17)
  header[2] = header.length
  header[4] = 0x03
  header[16] = 0x10
  return header
}

function nflog(packet: Buffer, type: number): Buffer {
  const part = (kind: number, value: Buffer): Buffer =>
    Buffer.concat([
      Buffer.from([(4 + value.length) & 255, (4 + value.length) >> 8, kind, 0]),
      value,
      Buffer.alloc(-value.length & 3),
    ])
  const head = Buffer.from([type === ETHER_TYPE.ipv6 ? 10 : 2, 0, 0, 0])
  return Buffer.concat([head, part(1, words(0x0800, 0x0300)), part(10, Buffer.from('drop\0')), part(9, packet)])
}
