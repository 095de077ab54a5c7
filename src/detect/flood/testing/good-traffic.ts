import type { IpAddress } from '#wire'
import type { RandomNumbers } from '../random.ts'
import { addressAfter, makeFrame, tcpHeader, udpBody } from './frame.ts'
import { type Conversation, conversations, spray, type Traffic } from './traffic.ts'

const [FIN, SYN, PSH, ACK] = [1, 2, 8, 16]
const CLIENTS: readonly (readonly [base: number, count: number])[] = [
  [0x5900_0000, 4000],
  [0xb200_4000, 6000],
  [0x2e10_0000, 3000],
  [0xc9a0_0000, 2000],
]
const CLIENTS_IPV6 = 0x2a02_0908_0000_0000_0000_0000_0000_0000n

function client(destination: IpAddress, random: RandomNumbers): IpAddress {
  if (typeof destination !== 'number')
    return CLIENTS_IPV6 + (BigInt(random.below(60_000)) << 64n) + BigInt(random.below(9))
  const [base, count] = random.pick(CLIENTS)
  return base + random.below(count)
}

function bytes(random: RandomNumbers, count: number): Buffer {
  return Buffer.from(Array.from({ length: count }, () => random.below(256)))
}

/** The beginning of a question: a name as labels. */
function name(random: RandomNumbers): Buffer {
  const label = (length: number): Buffer =>
    Buffer.from([length, ...Array.from({ length }, () => 0x61 + random.below(26))])
  return Buffer.concat([label(random.between(2, 8)), label(random.between(4, 12)), Buffer.from('\x03com\0')])
}

interface System {
  readonly ttl: number
  readonly synOptions: Buffer
  readonly options: (random: RandomNumbers) => Buffer
  readonly window: number
}

/** Systems of clients: how they open connections, and what their segments look like. */
function systemOf(random: RandomNumbers): System {
  const mss = Buffer.from([
    2,
    4,
    ...random.pick([
      [5, 0xb4],
      [5, 0xb4],
      [5, 0x78],
      [5, 0x64],
    ]),
  ])
  if (random.next() < 0.65) {
    const stamp = bytes(random, 4)
    return {
      ttl: 64 - random.between(4, 18),
      synOptions: Buffer.concat([mss, Buffer.from([4, 2, 8, 10]), stamp, Buffer.from([0, 0, 0, 0, 1, 3, 3, 7])]),
      options: () => Buffer.concat([Buffer.from([1, 1, 8, 10]), stamp, stamp]),
      window: random.pick([64_240, 65_535, 29_200]),
    }
  }
  const synOptions = Buffer.concat([mss, Buffer.from([1, 3, 3, 8, 1, 1, 4, 2])])
  return {
    ttl: 128 - random.between(6, 20),
    synOptions,
    options: () => Buffer.alloc(0),
    window: random.pick([64_240, 8192]),
  }
}

interface WebShape {
  readonly ports: readonly number[]
  /** Segments of a connection beside its opening. */
  readonly segments: readonly [least: number, most: number]
  /** Share of segments that carry data. */
  readonly dataShare: number
  readonly pauseMs: number
}

/** Clients of TCP servers: they open connections, ask, acknowledge what comes, and close. */
export function tcpClients(
  destination: IpAddress,
  perSecond: number | ((timeMs: number) => number),
  shape: Partial<WebShape> = {},
): Traffic {
  const { ports = [443, 443, 80], segments = [6, 30], dataShare = 0.2, pauseMs = 25 } = shape
  return conversations(perSecond, 0, (random): Conversation => {
    const system = systemOf(random)
    const source = client(destination, random)
    const [sourcePort, destinationPort] = [random.between(20_000, 65_000), random.pick(ports)]
    const count = random.between(...segments)
    let [sequence, acknowledgement] = [random.below(0xffff_0000), random.below(0xffff_0000)]
    let sent = 0
    return {
      next(random) {
        if (sent > count) return undefined
        const isFirst = sent === 0
        const hasData = sent > 1 && random.next() < dataShare
        const flags = isFirst ? SYN : sent === count ? FIN | ACK : hasData ? PSH | ACK : ACK
        const dataBytes = hasData ? (dataShare > 0.5 ? 1448 : random.between(30, 900)) : 0
        const options = isFirst ? system.synOptions : system.options(random)
        const window = isFirst ? system.window : random.between(200, 2000)
        const header = tcpHeader(sourcePort, destinationPort, {
          flags,
          sequence,
          acknowledgement: isFirst ? 0 : acknowledgement,
          window,
          options,
        })
        sent++
        sequence = (sequence + Math.max(Number(isFirst), dataBytes)) >>> 0
        acknowledgement = (acknowledgement + (isFirst ? 0 : random.between(100, 2900))) >>> 0
        const frame = makeFrame({
          source,
          destination,
          protocol: 6,
          ttl: system.ttl,
          dontFragment: true,
          id: random.below(65_536),
          body: header,
          bodyBytes: header.length + dataBytes,
        })
        return { frame, pauseMs: pauseMs * (0.2 + random.next() * 1.6) }
      },
    }
  })
}

/** Answers of other servers to connections that we open. */
export function outgoingConnections(destination: IpAddress, perSecond: number): Traffic {
  return spray(perSecond, (random) => {
    const body = tcpHeader(random.pick([443, 80, 993]), random.between(32_768, 60_999), {
      flags: SYN | ACK,
      sequence: random.below(0x1_0000_0000),
      acknowledgement: random.below(0x1_0000_0000),
      window: random.pick([65_535, 65_160, 28_960]),
      options: Buffer.from([2, 4, 5, 0xb4, 4, 2, 1, 3, 3, 7, 0, 0]),
    })
    return makeFrame({
      source: client(destination, random),
      destination,
      protocol: 6,
      ttl: random.between(44, 60),
      body,
    })
  })
}

/** Questions of clients to our name server. */
export function dnsQuestions(destination: IpAddress, perSecond: number): Traffic {
  return spray(perSecond, (random) => {
    const payloadBytes = random.between(28, 60)
    const payload = Buffer.concat([
      bytes(random, 2),
      Buffer.from([1, 0, 0, 1, 0, 0, 0, 0, 0, random.below(2)]),
      name(random),
    ])
    return datagram(destination, random, { ports: [random.between(1024, 65_535), 53], payload, payloadBytes })
  })
}

/** Answers of resolvers to ours. */
export function dnsAnswers(destination: IpAddress, perSecond: number): Traffic {
  return spray(perSecond, (random) => {
    const payloadBytes = random.next() < 0.95 ? random.between(60, 420) : random.between(420, 1232)
    const payload = Buffer.concat([
      bytes(random, 2),
      Buffer.from([0x81, 0x80, 0, 1, 0, random.between(1, 6), 0, 0, 0, 1]),
      name(random),
    ])
    const source = addressAfter(typeof destination === 'number' ? 0x0808_0808 : CLIENTS_IPV6, random.below(3))
    return datagram(destination, random, {
      source,
      ports: [53, random.between(1024, 65_535)],
      payload,
      payloadBytes,
      ttl: 117,
    })
  })
}

interface DatagramSpec {
  readonly source?: IpAddress
  readonly ports: readonly [source: number, destination: number]
  readonly payload: Buffer
  readonly payloadBytes: number
  readonly ttl?: number
  readonly tos?: number
}

function datagram(destination: IpAddress, random: RandomNumbers, spec: DatagramSpec): ReturnType<typeof makeFrame> {
  const {
    source = client(destination, random),
    ports,
    payload,
    payloadBytes,
    ttl = random.between(46, 62),
    tos = 0,
  } = spec
  const body = udpBody(...ports, payload, payloadBytes)
  return makeFrame({
    source,
    destination,
    protocol: 17,
    ttl,
    tos,
    id: random.below(65_536),
    body,
    bodyBytes: 8 + payloadBytes,
  })
}

interface StreamShape {
  readonly packetsPerSecond: number
  readonly ports: (random: RandomNumbers) => readonly [source: number, destination: number]
  readonly payload: (
    random: RandomNumbers,
    sequence: number,
    stream: number,
  ) => readonly [first: Buffer, sizeBytes: number]
  readonly tos?: number
}

/** Streams of datagrams between the same ends: each goes on, and few begin. */
function streams(destination: IpAddress, standing: number, shape: StreamShape): Traffic {
  return conversations(standing / 120, standing, (random): Conversation => {
    const ports = shape.ports(random)
    const stream = random.below(0x1_0000_0000)
    const source = client(destination, random)
    const ttl = random.between(46, 62)
    let sequence = random.below(60_000)
    let left = random.between(2000, 20_000)
    return {
      next(random) {
        if (left-- === 0) return undefined
        const [payload, payloadBytes] = shape.payload(random, sequence++, stream)
        const frame = datagram(destination, random, { source, ports, payload, payloadBytes, ttl, tos: shape.tos ?? 0 })
        return { frame, pauseMs: (1000 / shape.packetsPerSecond) * (0.8 + 0.4 * random.next()) }
      },
    }
  })
}

/** Calls: RTP of 20 ms each (RFC 3550). */
export function voice(destination: IpAddress, calls: number): Traffic {
  return streams(destination, calls, {
    packetsPerSecond: 50,
    tos: 0xb8,
    ports: (random) => [random.between(10_000, 30_000), 10_000 + 2 * random.below(500)],
    payload: (random, sequence, stream) => {
      const head = Buffer.alloc(12)
      head.writeUInt16BE(0x8000, 0)
      head.writeUInt16BE(sequence & 0xffff, 2)
      head.writeUInt32BE((sequence * 160) >>> 0, 4)
      head.writeUInt32BE(stream, 8)
      return [Buffer.concat([head, bytes(random, 20)]), 172]
    },
  })
}

export function game(destination: IpAddress, players: number): Traffic {
  return streams(destination, players, {
    packetsPerSecond: 33,
    ports: (random) => [random.between(1024, 65_535), 27_015],
    payload: (random) => [bytes(random, 24), random.between(28, 140)],
  })
}

export function quic(destination: IpAddress, connections: number): Traffic {
  return streams(destination, connections, {
    packetsPerSecond: 40,
    ports: (random) => [random.between(1024, 65_535), 443],
    payload: (random, _, stream) => {
      const head = bytes(random, 24)
      head[0] = random.next() < 0.02 ? 0xc0 | random.below(16) : 0x40 | random.below(64)
      head.writeUInt32BE(stream, 1)
      return [head, head[0] >= 0xc0 ? 1252 : random.next() < 0.7 ? random.between(30, 60) : random.between(200, 1252)]
    },
  })
}

/** Tunnels: WireGuard. */
export function wireguard(destination: IpAddress, peers: number): Traffic {
  return streams(destination, peers, {
    packetsPerSecond: 120,
    ports: (random) => [random.between(1024, 65_535), 51_820],
    payload: (random, sequence, stream) => {
      const head = Buffer.alloc(24)
      head[0] = 4
      head.writeUInt32BE(stream, 4)
      head.writeUInt32LE(sequence, 8)
      bytes(random, 8).copy(head, 16)
      return [head, random.next() < 0.5 ? 1452 : 32 + 16 * random.below(80)]
    },
  })
}

/** Tunnels between sites: GRE, and IPsec. */
export function siteTunnels(destination: IpAddress, packetsPerSecond: number): Traffic {
  const peers = [1, 2, 3].map((peer) =>
    addressAfter(typeof destination === 'number' ? 0xcb00_7100 : CLIENTS_IPV6, peer),
  )
  return spray(packetsPerSecond, (random) => {
    const isGre = random.next() < 0.5
    const body = Buffer.concat([isGre ? Buffer.from([0, 0, 8, 0, 0x45, 0]) : bytes(random, 8), bytes(random, 16)])
    const bodyBytes = random.next() < 0.5 ? random.between(60, 200) : random.between(1300, 1460)
    return makeFrame({ source: random.pick(peers), destination, protocol: isGre ? 47 : 50, ttl: 56, body, bodyBytes })
  })
}

/** Echo requests, and answers of time servers. */
export function background(destination: IpAddress, perSecond: number): Traffic {
  const isIpv4 = typeof destination === 'number'
  return spray(perSecond, (random) => {
    if (random.next() < 0.3) {
      const payload = Buffer.concat([Buffer.from([0x24, 2, 3, 0xe8]), bytes(random, 20)])
      return datagram(destination, random, {
        ports: [123, random.between(1024, 65_535)],
        payload,
        payloadBytes: 48,
        ttl: 54,
      })
    }
    const body = Buffer.concat([Buffer.from([isIpv4 ? 8 : 128, 0]), bytes(random, 22)])
    const source = client(destination, random)
    return makeFrame({
      source,
      destination,
      protocol: isIpv4 ? 1 : 58,
      ttl: random.between(46, 62),
      body,
      bodyBytes: 64,
    })
  })
}
