import type { IpAddress } from '#wire'
import type { RandomNumbers } from '../random.ts'
import { amplification, bytes, LINUX_SYN, port, spoofed, tcpFlood, udpFlood, type Vector } from './attacks.ts'
import { type Frame, makeFrame, tcpHeader, udpBody } from './frame.ts'

const [SYN, RST, PSH, ACK] = [2, 4, 8, 16]
const HOP_BY_HOP = 0
const DESTINATION_OPTIONS = 60
const WINDOWS_SYN = Buffer.from([2, 4, 5, 0xb4, 1, 3, 3, 8, 1, 1, 4, 2])
/** A network that good clients of the mixes come from. */
const GOOD_NETWORK = 0x5900_0000

/** A machine that belongs to somebody else: what its system sends is what any client of that system sends. */
interface Bot {
  readonly source: number
  readonly ttl: number
  readonly window: number
  readonly options: Buffer
  port: number
}

function botsOf(count: number, random: RandomNumbers, sourceOf: () => number): readonly Bot[] {
  return Array.from({ length: count }, () => {
    const isUnix = random.next() < 0.6
    return {
      source: sourceOf(),
      ttl: (isUnix ? 64 : 128) - random.between(5, 20),
      window: isUnix ? random.pick([64_240, 29_200, 65_535]) : random.pick([64_240, 8192]),
      options: isUnix ? LINUX_SYN : WINDOWS_SYN,
      port: port(random),
    }
  })
}

const anywhere = (random: RandomNumbers) => (): number => 0x3000_0000 + random.below(0x7000_0000)

interface Botnet {
  readonly bots: number
  readonly areNeighbours?: boolean
  readonly body: (random: RandomNumbers, bot: Bot) => Buffer
  readonly protocol: number
  readonly dataBytes?: (random: RandomNumbers) => number
}

/** Packets of machines under foreign control, each with its own address and system. */
function botnet({ bots: count, areNeighbours = false, body: make, protocol, dataBytes }: Botnet): Vector {
  return (random, destinationOf) => {
    const near = (): number => GOOD_NETWORK + random.below(256)
    const bots = botsOf(count, random, areNeighbours ? near : anywhere(random))
    return (random) => {
      const bot = random.pick(bots)
      const destination = destinationOf()
      const source = typeof destination === 'number' ? bot.source : spoofed(destination, random)
      const body = make(random, bot)
      return makeFrame({
        source,
        destination,
        protocol,
        ttl: bot.ttl,
        dontFragment: true,
        id: random.below(65_536),
        body,
        bodyBytes: body.length + (dataBytes?.(random) ?? 0),
      })
    }
  }
}

function botSyn(random: RandomNumbers, bot: Bot): Buffer {
  bot.port = 1024 + ((bot.port + 1) % 60_000)
  const { port: from, window, options } = bot
  return tcpHeader(from, 443, { flags: SYN, sequence: random.below(0x1_0000_0000), window, options })
}

function segmentOf(flags: number) {
  return (random: RandomNumbers, bot: Bot): Buffer => {
    const [sequence, acknowledgement] = [random.below(0x1_0000_0000), random.below(0x1_0000_0000)]
    return tcpHeader(bot.port, 443, { flags, sequence, acknowledgement, window: random.between(200, 2000) })
  }
}

function datagramTo(to: number, first: readonly number[], size: readonly [number, number]) {
  return (random: RandomNumbers, bot: Bot): Buffer => {
    const payload = Buffer.concat([Buffer.from(first), bytes(random, 24 - first.length)])
    return udpBody(bot.port, to, payload, random.between(...size))
  }
}

export const SYN_200_BOTS = botnet({ bots: 200, protocol: 6, body: botSyn })
export const SYN_5000_BOTS = botnet({ bots: 5000, protocol: 6, body: botSyn })
export const SYN_NEIGHBOURS = botnet({ bots: 100, areNeighbours: true, protocol: 6, body: botSyn })
export const ACK_BOTS = botnet({ bots: 2000, protocol: 6, body: segmentOf(ACK) })
export const PUSH_BOTS = botnet({
  bots: 500,
  protocol: 6,
  body: segmentOf(PSH | ACK),
  dataBytes: (random) => random.between(200, 600),
})
export const UDP_2000_BOTS = botnet({
  bots: 2000,
  protocol: 17,
  body: datagramTo(443, [], [60, 1200]),
  dataBytes: (random) => random.between(30, 1200),
})
export const UDP_NEIGHBOURS = botnet({
  bots: 200,
  areNeighbours: true,
  protocol: 17,
  body: datagramTo(53, [0, 1, 1, 0, 0, 1], [40, 60]),
  dataBytes: (random) => random.between(10, 30),
})

/** The first segments of clients, in every detail, from invented sources. */
export const SYN_LIKE_CLIENTS: Vector = (random, destinationOf) => {
  const looks = botsOf(64, random, () => 0)
  return (random) => {
    const { ttl, window, options } = random.pick(looks)
    const destination = destinationOf()
    const body = tcpHeader(port(random), 443, { flags: SYN, sequence: random.below(0x1_0000_0000), window, options })
    return makeFrame({
      source: spoofed(destination, random),
      destination,
      protocol: 6,
      ttl,
      dontFragment: true,
      id: random.below(65_536),
      body,
    })
  }
}

/** Every combination of flags that is no opening. */
export const ANY_FLAGS: Vector = (random, destinationOf) => {
  const floods = [0, 1, 4, 5, 8, 9, 16, 17, 20, 24, 25, 32, 41, 48, 56, 63 & ~SYN].map((flags) =>
    tcpFlood({ flags, ttl: 'random', window: 'random' })(random, destinationOf),
  )
  return (random) => random.pick(floods)(random)
}
export const RST_ACK_443 = tcpFlood({ flags: RST | ACK, port: 443, ttl: 'random', window: 'random' })

export const UDP_443_ANY_SIZE = udpFlood({ port: 443, sizes: [20, 1400], ttl: 'random' })
/** QUIC as it begins (RFC 9000, section 17.2.2): version 1, eight bytes of connection id. */
export const QUIC_INITIAL = udpFlood({ port: 443, sizes: [1200, 1252], first: [0xc3, 0, 0, 0, 1, 8], ttl: 'random' })
export const QUIC_SHORT = udpFlood({ port: 443, sizes: [30, 1252], first: [0x41], ttl: 'random' })
export const SIP_INVITE = udpFlood({
  port: 5060,
  sizes: [380, 520],
  first: [...Buffer.from('INVITE sip:')],
  ttl: 'random',
})
export const GAME_LIKE = udpFlood({ port: 27_015, sizes: [28, 140], ttl: 'random' })
export const WIREGUARD_INITIATION = udpFlood({ port: 51_820, sizes: [148, 148], first: [1, 0, 0, 0], ttl: 'random' })
export const STUN_REQUEST = udpFlood({
  port: 3478,
  sizes: [20, 20],
  first: [0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42],
  ttl: 'random',
})
export const UDP_ONE_BYTE = udpFlood({ sizes: [1, 24], ttl: 'random' })
/** A service that no list of reflectors names. */
export const UNKNOWN_AMPLIFICATION = amplification({
  port: 37_021,
  payload: (random) => Buffer.concat([Buffer.from('ver=9;id='), bytes(random, 6)]),
  payloadBytes: [500, 1300],
})
export const WS_DISCOVERY = amplification({
  port: 3702,
  payload: () => Buffer.from('<?xml version="1.0" enc'),
  payloadBytes: [700, 2800],
})

/** Questions of resolvers that pass on random names of one domain: the resolvers are good ones. */
export const DNS_RANDOM_NAMES: Vector = (random, destinationOf) => {
  const resolvers = botsOf(400, random, anywhere(random))
  return (random) => {
    const { source, ttl } = random.pick(resolvers)
    const destination = destinationOf()
    const label = Buffer.from(Array.from({ length: 12 }, () => 0x61 + random.below(26)))
    const payload = Buffer.concat([
      bytes(random, 2),
      Buffer.from([0, 0x10, 0, 1, 0, 0, 0, 0, 0, 1, 12]),
      label,
      Buffer.from('\x06victim\x03com\0'),
    ])
    const from = typeof destination === 'number' ? source : spoofed(destination, random)
    const body = udpBody(port(random), 53, payload, payload.length + 15)
    return makeFrame({ source: from, destination, protocol: 17, ttl, body, bodyBytes: 8 + payload.length + 15 })
  }
}

/** IPv6 with headers between that one and the transport's (RFC 8200, section 4). */
export const IPV6_EXTENSIONS: Vector = (_, destinationOf) => (random) => {
  const destination = destinationOf()
  const options = (next: number): Buffer => Buffer.from([next, 0, 1, 4, 0, 0, 0, 0])
  const first = random.next() < 0.5 ? HOP_BY_HOP : DESTINATION_OPTIONS
  const segment = tcpHeader(port(random), port(random), { flags: ACK, sequence: random.below(0x1_0000_0000) })
  const body =
    first === HOP_BY_HOP
      ? Buffer.concat([options(DESTINATION_OPTIONS), options(6), segment])
      : Buffer.concat([options(6), segment])
  const source = spoofed(destination, random)
  return makeFrame({ source, destination, protocol: first, ttl: random.between(30, 64), body })
}

const ERRORS = [
  [3, 3],
  [3, 1],
  [11, 0],
] as const
const ERRORS_IPV6 = [
  [135, 0],
  [2, 0],
  [1, 4],
  [3, 0],
] as const

function icmpOf(isIpv4: boolean, random: RandomNumbers): Buffer {
  const [type, code] = random.pick<readonly [number, number]>(isIpv4 ? ERRORS : ERRORS_IPV6)
  return Buffer.concat([Buffer.from([type, code]), bytes(random, 22)])
}

/** Errors that nobody's packets caused, and what neighbours ask. */
export const ICMP_ERRORS: Vector = (_, destinationOf) => (random) => {
  const destination = destinationOf()
  const isIpv4 = typeof destination === 'number'
  const body = icmpOf(isIpv4, random)
  return makeFrame({
    source: spoofed(destination, random),
    destination,
    protocol: isIpv4 ? 1 : 58,
    ttl: random.between(30, 255),
    body,
    bodyBytes: 56,
  })
}

/** First fragments whose rest never comes. */
export const FIRST_FRAGMENTS: Vector = (_, destinationOf) => (random) => {
  const destination = destinationOf()
  return makeFrame({
    source: spoofed(destination, random),
    destination,
    protocol: 17,
    ttl: random.between(40, 250),
    id: random.below(65_536),
    moreFragments: true,
    body: udpBody(port(random), port(random), bytes(random, 16), 1472),
    bodyBytes: 1480,
  })
}

/** Packets of protocols that hardly anybody uses. */
export const ANY_PROTOCOL: Vector = (_, destinationOf) => (random) => {
  const destination = destinationOf()
  return makeFrame({
    source: spoofed(destination, random),
    destination,
    protocol: random.pick([4, 41, 94, 97, 103, 112, 115, 132, 136, 142, 255]),
    ttl: random.between(30, 255),
    body: bytes(random, 24),
    bodyBytes: random.between(40, 900),
  })
}

const SOURCE_AT = 26

/** The same from invented addresses of the networks that good clients of the mixes come from. */
export function fromClients(vector: Vector): Vector {
  return (random, destinationOf) => {
    const make = vector(random, destinationOf)
    return (random) => {
      const frame = make(random)
      frame.head.writeUInt32BE(GOOD_NETWORK + random.below(4000), SOURCE_AT)
      return frame
    }
  }
}

/** One vector after the other, each for so many packets. */
export function inTurn(packetsEach: number, ...vectors: readonly Vector[]): Vector {
  return (random: RandomNumbers, destinationOf: () => IpAddress) => {
    const makers = vectors.map((vector) => vector(random, destinationOf))
    let count = 0
    return (random): Frame => makers[Math.floor(count++ / packetsEach) % makers.length](random)
  }
}
