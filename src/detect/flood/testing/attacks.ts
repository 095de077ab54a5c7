import type { IpAddress } from '#wire'
import type { RandomNumbers } from '../random.ts'
import { addressAfter, type Frame, makeFrame, tcpHeader, udpBody } from './frame.ts'

const [SYN, RST, PSH, ACK] = [2, 4, 8, 16]
const ETHERNET_PAYLOAD = 1480

/** Makes the frames of one vector of an attack; what its tool keeps alike is drawn once. */
export type Vector = (random: RandomNumbers, destination: () => IpAddress) => (random: RandomNumbers) => Frame

/** An address that its packets do not come from. */
export function spoofed(destination: IpAddress, random: RandomNumbers): IpAddress {
  if (typeof destination === 'number') return 0x0100_0000 + random.below(0xde00_0000)
  return (0x2000n << 112n) | (BigInt(random.below(0x1_0000_0000)) << 80n) | BigInt(random.below(0x1_0000_0000))
}

/** A port of a client. */
export function port(random: RandomNumbers): number {
  return random.between(1024, 65_535)
}

/** Random bytes. */
export function bytes(random: RandomNumbers, count: number): Buffer {
  return Buffer.from(Array.from({ length: count }, () => random.below(256)))
}

interface TcpTool {
  readonly flags: number
  readonly port?: number
  readonly options?: Buffer
  readonly window?: 'fixed' | 'random'
  readonly ttl?: 'fixed' | 'random'
  readonly dataBytes?: number
  /** Numbers that are always the same, as lazy tools send. */
  readonly areNumbersFixed?: boolean
}

/** Segments from invented sources. */
export function tcpFlood(tool: TcpTool): Vector {
  return (random, destinationOf) => {
    const [fixedTtl, fixedWindow] = [
      random.pick([64, 128, 255, 243, 52]),
      random.pick([512, 1024, 5840, 65_535, 64_240]),
    ]
    const [sequence, acknowledgement] = [random.below(0x1_0000_0000), random.below(0x1_0000_0000)]
    return (random) => {
      const destination = destinationOf()
      const body = tcpHeader(port(random), tool.port ?? port(random), {
        flags: tool.flags,
        sequence: tool.areNumbersFixed === true ? sequence : random.below(0x1_0000_0000),
        acknowledgement:
          (tool.flags & ACK) === 0 ? 0 : tool.areNumbersFixed === true ? acknowledgement : random.below(0x1_0000_0000),
        window: tool.window === 'random' ? random.below(65_536) : fixedWindow,
        ...(tool.options !== undefined && { options: tool.options }),
      })
      return makeFrame({
        source: spoofed(destination, random),
        destination,
        protocol: 6,
        ttl: tool.ttl === 'random' ? random.between(30, 255) : fixedTtl - random.below(tool.ttl === 'fixed' ? 1 : 12),
        id: random.below(65_536),
        body,
        bodyBytes: body.length + (tool.dataBytes ?? 0),
      })
    }
  }
}

export const LINUX_SYN = Buffer.from([2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 1, 2, 3, 0, 0, 0, 0, 1, 3, 3, 7])

export const SYN_PLAIN = tcpFlood({ flags: SYN, port: 443, ttl: 'fixed' })
export const SYN_WITH_OPTIONS = tcpFlood({ flags: SYN, port: 443, options: LINUX_SYN, window: 'fixed' })
export const SYN_MSS_ONLY = tcpFlood({ flags: SYN, port: 80, options: Buffer.from([2, 4, 5, 0xb4]), window: 'random' })
export const SYN_ANY_PORT = tcpFlood({ flags: SYN, window: 'random', ttl: 'random' })
export const ACK_FLOOD = tcpFlood({ flags: ACK, port: 443, window: 'random' })
export const ACK_ANY_PORT = tcpFlood({ flags: ACK, ttl: 'random' })
export const ACK_FIXED_NUMBERS = tcpFlood({
  flags: ACK,
  port: 443,
  areNumbersFixed: true,
  ttl: 'random',
  window: 'random',
})
export const RST_FLOOD = tcpFlood({ flags: RST, port: 443, ttl: 'random' })
export const PSH_ACK_FLOOD = tcpFlood({ flags: PSH | ACK, port: 80, dataBytes: 900 })
export const XMAS_FLOOD = tcpFlood({ flags: 0x29, ttl: 'random', window: 'random' })

/** Servers that answer openings in the name of the victim. */
export const SYN_ACK_REFLECTION: Vector = (random, destinationOf) => {
  const servers = Array.from({ length: 3000 }, () => 0x1000_0000 + random.below(0xa000_0000))
  return (random) => {
    const destination = destinationOf()
    const source = typeof destination === 'number' ? random.pick(servers) : spoofed(destination, random)
    const options = random.pick([
      [2, 4, 5, 0xb4],
      [2, 4, 5, 0xb4, 1, 1, 4, 2],
      [2, 4, 5, 0x64],
    ])
    const body = tcpHeader(random.pick([80, 443, 22, 179, 8080]), random.pick([443, 80]), {
      flags: SYN | ACK,
      sequence: random.below(0x1_0000_0000),
      acknowledgement: random.below(0x1_0000_0000),
      window: random.pick([14_600, 29_200, 65_535, 8192]),
      options: Buffer.from(options),
    })
    return makeFrame({ source, destination, protocol: 6, ttl: random.between(40, 240), body })
  }
}

interface Amplifier {
  readonly port: number
  readonly payload: (random: RandomNumbers) => Buffer
  readonly payloadBytes: readonly [least: number, most: number]
  readonly toPort?: 'fixed'
}

/** Answers of reflectors, cut into fragments where they are longer than a frame. */
export function amplification({ port: from, payload, payloadBytes, toPort }: Amplifier): Vector {
  return (random, destinationOf) => {
    const reflectors = Array.from({ length: 2000 }, () => [
      0x1000_0000 + random.below(0xb000_0000),
      random.between(40, 245),
    ])
    const fixedPort = random.pick([80, 443, 3074, 22])
    const rest: Frame[] = []
    return (random) => {
      const waiting = rest.pop()
      if (waiting !== undefined) return waiting
      const destination = destinationOf()
      const [reflector, ttl] = random.pick(reflectors)
      const source = typeof destination === 'number' ? reflector : spoofed(destination, random)
      const size = random.between(...payloadBytes)
      const body = udpBody(from, toPort === 'fixed' ? fixedPort : port(random), payload(random), size)
      const ip = { source, destination, protocol: 17, ttl, id: random.below(65_536) }
      for (let at = ETHERNET_PAYLOAD; at < size + 8; at += ETHERNET_PAYLOAD) {
        const left = size + 8 - at
        const isLast = left <= ETHERNET_PAYLOAD
        const bodyBytes = Math.min(left, ETHERNET_PAYLOAD)
        rest.unshift(makeFrame({ ...ip, fragmentOffsetBytes: at, moreFragments: !isLast, bodyBytes }))
      }
      const isWhole = size + 8 <= ETHERNET_PAYLOAD
      return makeFrame({ ...ip, body, bodyBytes: Math.min(size + 8, ETHERNET_PAYLOAD), moreFragments: !isWhole })
    }
  }
}

export const DNS_AMPLIFICATION = amplification({
  port: 53,
  payload: (random) =>
    Buffer.concat([
      bytes(random, 2),
      Buffer.from([0x81, 0x80, 0, 1, 0, random.between(12, 30), 0, 0, 0, 1]),
      Buffer.from('\x04doc1\x03gov\0'),
    ]),
  payloadBytes: [2800, 4000],
})
export const DNS_AMPLIFICATION_SHORT = amplification({
  port: 53,
  payload: (random) =>
    Buffer.concat([
      bytes(random, 2),
      Buffer.from([0x81, 0x80, 0, 1, 0, 20, 0, 0, 0, 1]),
      Buffer.from('\x03isc\x03org\0'),
    ]),
  payloadBytes: [900, 1400],
  toPort: 'fixed',
})
export const NTP_AMPLIFICATION = amplification({
  port: 123,
  payload: (random) => Buffer.from([0xd7, random.below(100), 3, 0x2a, 0, 6, 0, 72]),
  payloadBytes: [440, 440],
})
export const SSDP_AMPLIFICATION = amplification({
  port: 1900,
  payload: () => Buffer.from('HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=120\r\n'),
  payloadBytes: [240, 420],
})
export const MEMCACHED_AMPLIFICATION = amplification({
  port: 11_211,
  payload: (random) =>
    Buffer.concat([Buffer.from([0, 0, 0, random.below(40), 0, 40, 0, 0]), Buffer.from('VALUE a 0 1000')]),
  payloadBytes: [1400, 1400],
  toPort: 'fixed',
})
export const CLDAP_AMPLIFICATION = amplification({
  port: 389,
  payload: (random) =>
    Buffer.concat([Buffer.from([0x30, 0x84, 0, 0, 11]), bytes(random, 1), Buffer.from([2, 1, 7, 0x64])]),
  payloadBytes: [2600, 3100],
})
export const SNMP_AMPLIFICATION = amplification({
  port: 161,
  payload: (random) =>
    Buffer.concat([Buffer.from([0x30, 0x82]), bytes(random, 2), Buffer.from('\x02\x01\x01\x04\x06public')]),
  payloadBytes: [600, 1380],
})
export const CHARGEN_AMPLIFICATION = amplification({
  port: 19,
  payload: (random) => Buffer.from('!"#$%&\'()*+,-./0123456789:;<=>?@ABCDEFGH'.slice(random.below(8))),
  payloadBytes: [1000, 1024],
})

interface UdpTool {
  readonly port?: number
  readonly sizes: readonly [least: number, most: number]
  readonly first?: readonly number[]
  readonly ttl?: 'random'
  /** So many sources that are what they say. */
  readonly bots?: number
}

/** Datagrams from invented sources, or from bots. */
export function udpFlood({ port: to, sizes, first = [], ttl: ttlKind, bots }: UdpTool): Vector {
  return (random, destinationOf) => {
    const fixedTtl = random.pick([64, 128, 250, 55])
    const sources = Array.from({ length: bots ?? 0 }, () => [
      0x3000_0000 + random.below(0x4000_0000),
      random.between(40, 62),
      port(random),
    ])
    return (random) => {
      const destination = destinationOf()
      const bot = sources.length > 0 && typeof destination === 'number' ? random.pick(sources) : undefined
      const size = random.between(...sizes)
      const payload = Buffer.concat([Buffer.from(first), bytes(random, Math.min(24 - first.length, size))])
      const body = udpBody(bot?.[2] ?? port(random), to ?? port(random), payload, size)
      return makeFrame({
        source: bot?.[0] ?? spoofed(destination, random),
        destination,
        protocol: 17,
        ttl: bot?.[1] ?? (ttlKind === 'random' ? random.between(20, 255) : fixedTtl),
        id: random.below(65_536),
        body,
        bodyBytes: 8 + size,
      })
    }
  }
}

export const UDP_RANDOM = udpFlood({ sizes: [20, 1400], ttl: 'random' })
export const UDP_FIXED_SIZE = udpFlood({ port: 443, sizes: [1052, 1052] })
export const UDP_TO_GAME = udpFlood({ port: 27_015, sizes: [25, 25], first: [255, 255, 255, 255, 0x54], ttl: 'random' })
export const UDP_BOTS = udpFlood({ port: 53, sizes: [512, 512], bots: 60 })
export const DNS_WATER_TORTURE = udpFlood({
  port: 53,
  sizes: [38, 52],
  first: [7, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 12],
  ttl: 'random',
})

export const ICMP_ECHO: Vector = (random, destinationOf) => {
  const size = random.pick([28, 64, 1000, 1472])
  return (random) => {
    const destination = destinationOf()
    const isIpv4 = typeof destination === 'number'
    const body = Buffer.concat([Buffer.from([isIpv4 ? 8 : 128, 0]), bytes(random, 22)])
    const source = spoofed(destination, random)
    return makeFrame({
      source,
      destination,
      protocol: isIpv4 ? 1 : 58,
      ttl: random.between(30, 255),
      body,
      bodyBytes: 8 + size,
    })
  }
}

export const GRE_FLOOD: Vector = (_, destinationOf) => (random) => {
  const destination = destinationOf()
  const body = Buffer.concat([Buffer.from([0, 0, 8, 0, 0x45, 0, 2, 20]), bytes(random, 20)])
  return makeFrame({
    source: spoofed(destination, random),
    destination,
    protocol: 47,
    ttl: random.between(40, 250),
    body,
    bodyBytes: 548,
  })
}

/** Later fragments of nothing. */
export const FRAGMENT_FLOOD: Vector = (_, destinationOf) => (random) => {
  const destination = destinationOf()
  return makeFrame({
    source: spoofed(destination, random),
    destination,
    protocol: 17,
    ttl: random.between(40, 250),
    id: random.below(65_536),
    fragmentOffsetBytes: 8 * random.between(1, 180),
    moreFragments: random.next() < 0.5,
    bodyBytes: random.between(100, 1400),
  })
}

export const ESP_FLOOD: Vector = (_, destinationOf) => (random) => {
  const destination = destinationOf()
  const source = spoofed(destination, random)
  return makeFrame({
    source,
    destination,
    protocol: 50,
    ttl: random.between(40, 250),
    body: bytes(random, 24),
    bodyBytes: 200,
  })
}

/** One machine that sends as fast as it can, and counts its source port up. */
export const ONE_MACHINE_SYN: Vector = (random, destinationOf) => {
  const source = 0x3a00_0000 + random.below(0x1000_0000)
  let count = random.below(60_000)
  return (random) => {
    const body = tcpHeader(1024 + (count++ % 64_000), 443, {
      flags: SYN,
      sequence: random.below(0x1_0000_0000),
      window: 512,
    })
    return makeFrame({ source, destination: destinationOf(), protocol: 6, ttl: 57, id: count & 0xffff, body })
  }
}

/** Several vectors at once, equally strong. */
export function together(...vectors: readonly Vector[]): Vector {
  return (random, destinationOf) => {
    const makers = vectors.map((vector) => vector(random, destinationOf))
    return (random) => random.pick(makers)(random)
  }
}

/** Any address of a network. */
export function anyOf(base: IpAddress, count: number, random: RandomNumbers): () => IpAddress {
  return () => addressAfter(base, random.below(count))
}
