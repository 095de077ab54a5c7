import { ETHER_TYPE, PROTOCOL } from '#wire'
import {
  authenticationExtension,
  ethernet,
  type Extension,
  fragmentExtension,
  gre,
  icmp,
  icmpv6,
  ipv4,
  ipv6,
  optionsExtension,
  routingExtension,
  segment,
  type Segment,
  tcp,
  tcpOptions,
  udp,
  words,
} from '../../../src/wire/packet/testing/index.ts'
import type { Random } from '../random.ts'

const V4_ADDRESSES = ['192.0.2.1', '198.51.100.77', '10.0.0.1', '255.255.255.255', '127.0.0.1', '224.0.0.9'] as const
const V6_ADDRESSES = [
  '2001:db8::1',
  '::1',
  'ff02::1',
  'fe80::ffff:1',
  '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff',
] as const
const PORTS = [0, 1, 53, 80, 443, 1024, 40_000, 65_535] as const

/** An IP packet of any kind that honest senders make, at times with tunnels. */
export function randomIpPacket(random: Random, depth: number = 0): Buffer {
  const isIpv6 = random.chance(45)
  const content = depth < 3 && random.chance(12) ? tunnel(random, depth, isIpv6) : randomSegment(random, isIpv6, depth)
  return isIpv6 ? randomIpv6(random, content) : randomIpv4(random, content)
}

function randomIpv4(random: Random, content: Segment): Buffer {
  const isFragment = random.chance(10)
  const offset = isFragment ? random.pick([0, 8, 1480, 65_528]) : 0
  return ipv4(
    {
      source: random.pick(V4_ADDRESSES),
      destination: random.pick(V4_ADDRESSES),
      id: random.below(65_536),
      timeToLive: random.below(256),
      trafficClass: random.below(256),
      dontFragment: random.chance(50),
      moreFragments: isFragment && (offset === 0 || random.chance(50)),
      fragmentOffsetBytes: offset,
      // Router alert, then no-operations.
      options: random.chance(15) ? Buffer.from(`94040000${'01'.repeat(random.below(32))}`, 'hex') : Buffer.alloc(0),
    },
    content,
  )
}

const EXTENSIONS: readonly ((random: Random) => Extension)[] = [
  (random) => optionsExtension(PROTOCOL.hopByHop, 8 + 8 * random.below(4)),
  (random) => optionsExtension(PROTOCOL.destinationOptions, 8 + 8 * random.below(4)),
  () => routingExtension(0),
  (random) => authenticationExtension(4 * random.below(6)),
  (random) => fragmentExtension(0, random.chance(20), random.below(1000)),
  (random) => fragmentExtension(random.pick([8, 1448, 65_528]), random.chance(50)),
]

function randomIpv6(random: Random, content: Segment): Buffer {
  const extensions = random.chance(35) ? random.list(5, () => random.pick(EXTENSIONS)(random)) : []
  return ipv6(
    {
      source: random.pick(V6_ADDRESSES),
      destination: random.pick(V6_ADDRESSES),
      timeToLive: random.below(256),
      trafficClass: random.below(256),
      flow: random.below(0x10_0000),
      extensions,
    },
    content,
  )
}

function payload(random: Random): Buffer {
  return Buffer.from(random.list(random.chance(50) ? 0 : 60, () => random.below(256)))
}

const OPTIONS: readonly ((random: Random) => readonly [number, Buffer?])[] = [
  () => [1],
  () => [1],
  (random) => [2, words(random.below(65_536))],
  (random) => [3, Buffer.from([random.below(15)])],
  () => [4],
  (random) => [5, words(1, random.below(65_536), 2, random.below(65_536))],
  (random) => [8, words(random.below(65_536), 5, random.below(65_536), 6)],
  (random) => [254, Buffer.from([random.below(256), 1, 2])],
]

function randomTcp(random: Random): Segment {
  const drawn = random.list(4, () => random.pick(OPTIONS)(random))
  const list = drawn.filter(([kind], index) => kind === 1 || drawn.findIndex((other) => other[0] === kind) === index)
  const options = tcpOptions(...list)
  return tcp({
    sourcePort: random.pick(PORTS),
    destinationPort: random.pick(PORTS),
    flags: random.chance(70) ? random.pick([2, 18, 16, 24, 17, 4, 20]) : random.below(4096),
    sequence: random.below(0xffff_ffff),
    acknowledgement: random.below(0xffff_ffff),
    window: random.below(65_536),
    urgentPointer: random.chance(10) ? random.below(65_536) : 0,
    options: options.length > 40 ? tcpOptions(list[0]) : options,
    payload: payload(random),
  })
}

function randomSegment(random: Random, isIpv6: boolean, depth: number): Segment {
  const ports = { sourcePort: random.pick(PORTS), destinationPort: random.pick(PORTS) }
  switch (random.below(10)) {
    case 0:
      return udp({ ...ports, payload: payload(random) })
    case 1:
      return udp({ ...ports, payload: payload(random), length: random.pick([8, 9, 4]) })
    case 2: {
      const message = { type: random.pick([0, 8, 128, 129, 135, 13]), code: random.below(3), payload: payload(random) }
      return isIpv6 ? icmpv6(message) : icmp(message)
    }
    case 3: {
      if (depth > 0) return randomTcp(random)
      const quoted = isIpv6 ? randomIpv6(random, randomTcp(random)) : randomIpv4(random, randomTcp(random))
      const message = { code: random.below(4), rest: 1280, payload: quoted.subarray(0, 28 + random.below(60)) }
      return isIpv6 ? icmpv6({ type: 1 + random.below(4), ...message }) : icmp({ type: 3, ...message })
    }
    case 4:
      return segment(
        PROTOCOL.sctp,
        Buffer.concat([words(ports.sourcePort, ports.destinationPort, 0, 1, 0, 0), words(0x0e00, 4)]),
      )
    case 5:
      return segment(random.pick([50, 89, 112, 253, PROTOCOL.noNext]), payload(random))
    default:
      return randomTcp(random)
  }
}

/** An IP packet in another, directly or in an Ethernet frame. */
function tunnel(random: Random, depth: number, isIpv6: boolean): Segment {
  const inner = randomIpPacket(random, depth + 1)
  const isInnerIpv6 = inner[0] >> 4 === 6
  const type = isInnerIpv6 ? ETHER_TYPE.ipv6 : ETHER_TYPE.ipv4
  const sourcePort = 50_000 + random.below(1000)
  const id = random.below(0x100_0000)
  switch (random.below(isIpv6 ? 5 : 6)) {
    case 0:
      return segment(isInnerIpv6 ? PROTOCOL.ipv6 : PROTOCOL.ipv4, inner)
    case 1:
      return gre(
        { type, ...(random.chance(50) ? { key: id } : {}), ...(random.chance(50) ? { sequence: 7 } : {}) },
        inner,
      )
    case 2:
      return gre({ type: ETHER_TYPE.transparentEthernet, key: id }, ethernet(inner))
    case 3:
      return udp({
        sourcePort,
        destinationPort: 4789,
        payload: Buffer.concat([words(0x0800, 0, id >> 8, (id & 255) << 8), ethernet(inner)]),
      })
    case 4: {
      const options = Buffer.alloc(4 * random.below(3))
      const head = words(options.length * 64, type, id >> 8, (id & 255) << 8)
      return udp({ sourcePort, destinationPort: 6081, payload: Buffer.concat([head, options, inner]) })
    }
    default: {
      const flags = random.pick([0x30, 0x32])
      const optional = flags === 0x32 ? words(5, 0) : Buffer.alloc(0)
      const head = Buffer.concat([Buffer.from([flags, 0xff]), words(inner.length + optional.length, 0, id & 0xffff)])
      return udp({ sourcePort: 2152, destinationPort: 2152, payload: Buffer.concat([head, optional, inner]) })
    }
  }
}
