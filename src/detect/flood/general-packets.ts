import type { RowSet } from './row-set.ts'
import { COLUMNS } from './columns.ts'
import type { FloodClass } from './flood-class.ts'
import { RandomNumbers } from './random.ts'

/** Values of a row by the names of columns. */
type Values = Readonly<Record<string, number>>
type Maker = (random: RandomNumbers) => Values

const ROWS_PER_CLASS = 600
const SEED = 20
const [FIN, SYN, RST, PSH, ACK] = [1, 2, 4, 8, 16]

const PLACES = new Map(COLUMNS.map(({ name }, place) => [name, place]))
const IPV4_ONLY: ReadonlySet<string> = new Set(['ip.flags.df', 'ip.id', 'ip.hdr_len'])
const SERVICE_PORTS = [443, 443, 443, 443, 80, 80, 22, 25, 143, 993, 587, 8080, 8443, 3389, 5222]
const WINDOWS = [65_535, 64_240, 64_800, 29_200, 28_960, 26_883, 8192, 1026, 1024, 513, 502, 501, 501, 501, 259, 229]
const SEGMENT_SIZES = [1460, 1460, 1460, 1440, 1452, 1400, 1380, 1360, 1250, 1220]

function network(random: RandomNumbers, proto: number, length: number): Values {
  const isUnix = random.next() < 0.65
  return {
    'ip.proto': proto,
    'ip.len': length,
    'ip.ttl': isUnix ? random.between(44, 64) : random.between(105, 128),
    'ip.dsfield': random.next() < 0.9 ? 0 : random.pick([0x08, 0x20, 0x28, 0x48, 0xb8, 0x02]),
    'ip.flags.df': 1,
    'ip.frag': 0,
    'ip.frag_offset': 0,
    'ip.id': random.next() < 0.3 ? 0 : random.below(0x1_0000),
    'ip.hdr_len': 20,
    ...from(random.below(0xe000_0000)),
  }
}

function from(source: number): Values {
  return { source, sourceNetwork: source >>> 16 }
}

function ports(random: RandomNumbers, destinations: readonly number[]): Values {
  return { sourcePort: random.between(1024, 65_535), destinationPort: random.pick(destinations) }
}

function segment(random: RandomNumbers): Values {
  const isStamped = random.next() < 0.6
  const headerBytes = isStamped ? 32 : 20
  const kind = random.next()
  const dataBytes = kind < 0.55 ? 0 : kind < 0.75 ? random.between(20, 900) : 1400 + random.below(61)
  const flags =
    dataBytes > 0 && kind < 0.8 ? PSH | ACK : random.next() < 0.05 ? FIN | ACK : random.next() < 0.02 ? RST : ACK
  return {
    ...network(random, 6, 20 + headerBytes + dataBytes),
    ...ports(random, SERVICE_PORTS),
    'tcp.flags': flags,
    'tcp.window': random.next() < 0.5 ? random.pick(WINDOWS) : random.between(200, 65_535),
    'tcp.hdr_len': headerBytes,
    'tcp.seq': random.below(0x1_0000_0000),
    'tcp.ack': random.below(0x1_0000_0000),
    'tcp.urgent_pointer': 0,
    'tcp.options.sack_perm': 0,
    'tcp.options.timestamp': Number(isStamped),
    ...(isStamped && { tcpOptions0: 0x0101_080a, tcpOptions4: random.below(0x1_0000_0000) }),
  }
}

function opening(random: RandomNumbers): Values {
  const isUnix = random.next() < 0.65
  const mss = random.pick(SEGMENT_SIZES)
  const headerBytes = isUnix ? 40 : 32
  return {
    ...network(random, 6, 20 + headerBytes),
    'ip.ttl': isUnix ? random.between(44, 64) : random.between(105, 128),
    ...ports(random, SERVICE_PORTS),
    'tcp.flags': random.next() < 0.9 ? SYN : SYN | 0xc0,
    'tcp.window': random.pick(isUnix ? [65_535, 64_240, 29_200, 64_800] : [64_240, 8192, 65_535]),
    'tcp.hdr_len': headerBytes,
    'tcp.seq': random.below(0x1_0000_0000),
    'tcp.ack': 0,
    'tcp.urgent_pointer': 0,
    'tcp.options.mss': mss,
    'tcp.options.wscale': random.pick([7, 7, 8, 8, 6, 9, 5]),
    'tcp.options.sack_perm': 1,
    'tcp.options.timestamp': Number(isUnix),
    tcpOptions0: 0x0204_0000 + mss,
    tcpOptions4: isUnix ? 0x0402_080a : 0x0103_0308,
  }
}

interface Datagram {
  readonly sourcePorts: readonly [first: number, last: number]
  readonly destinationPorts: readonly [first: number, last: number]
  readonly payloadBytes: readonly [first: number, last: number]
  readonly firstBytes: readonly [first: number, last: number]
}

const HIGH_PORTS = [1024, 65_535] as const

/** What is usual over UDP: answers of resolvers and time servers, questions to ours, QUIC, voice, games, tunnels. */
const DATAGRAMS: readonly Datagram[] = [
  { sourcePorts: [53, 53], destinationPorts: HIGH_PORTS, payloadBytes: [40, 512], firstBytes: [0, 255] },
  { sourcePorts: [53, 53], destinationPorts: HIGH_PORTS, payloadBytes: [60, 300], firstBytes: [0, 255] },
  { sourcePorts: HIGH_PORTS, destinationPorts: [53, 53], payloadBytes: [26, 80], firstBytes: [0, 255] },
  { sourcePorts: [123, 123], destinationPorts: HIGH_PORTS, payloadBytes: [48, 48], firstBytes: [0x1c, 0x24] },
  { sourcePorts: HIGH_PORTS, destinationPorts: [123, 123], payloadBytes: [48, 48], firstBytes: [0x1b, 0xe3] },
  { sourcePorts: HIGH_PORTS, destinationPorts: [443, 443], payloadBytes: [24, 1350], firstBytes: [0x40, 0x7f] },
  { sourcePorts: HIGH_PORTS, destinationPorts: [443, 443], payloadBytes: [1200, 1250], firstBytes: [0xc0, 0xff] },
  { sourcePorts: [443, 443], destinationPorts: HIGH_PORTS, payloadBytes: [24, 1350], firstBytes: [0x40, 0x7f] },
  { sourcePorts: HIGH_PORTS, destinationPorts: [10_000, 32_767], payloadBytes: [32, 240], firstBytes: [0x80, 0x80] },
  { sourcePorts: HIGH_PORTS, destinationPorts: [49_152, 65_535], payloadBytes: [100, 1200], firstBytes: [0x80, 0x90] },
  { sourcePorts: HIGH_PORTS, destinationPorts: HIGH_PORTS, payloadBytes: [12, 300], firstBytes: [0, 255] },
  { sourcePorts: HIGH_PORTS, destinationPorts: [51_820, 51_820], payloadBytes: [32, 1452], firstBytes: [4, 4] },
  { sourcePorts: [500, 4500], destinationPorts: [4500, 4500], payloadBytes: [60, 1400], firstBytes: [0, 255] },
  { sourcePorts: HIGH_PORTS, destinationPorts: [1194, 1194], payloadBytes: [40, 1400], firstBytes: [0x30, 0x48] },
]

function datagram(random: RandomNumbers): Values {
  const { sourcePorts, destinationPorts, payloadBytes, firstBytes } = random.pick(DATAGRAMS)
  const length = random.between(...payloadBytes)
  const first = random.between(...firstBytes)
  const word = (): number => random.below(0x1_0000_0000)
  return {
    ...network(random, 17, 28 + length),
    'ip.flags.df': Number(random.next() < 0.6),
    sourcePort: random.between(...sourcePorts),
    destinationPort: random.between(...destinationPorts),
    payload0x1: first,
    payload0x2: first * 0x100 + random.below(0x100),
    payload2x2: random.below(0x1_0000),
    payload0x4: first * 0x100_0000 + random.below(0x100_0000),
    payload4x4: word(),
    payload8x4: word(),
    ...(length >= 24 && { payload12x4: word(), payload16x4: word(), payload20x4: word() }),
  }
}

function echo(random: RandomNumbers): Values {
  const kind = random.next()
  return {
    ...network(random, 1, kind < 0.5 ? 84 : random.between(56, 92)),
    'ip.flags.df': Number(random.next() < 0.5),
    icmpType: kind < 0.6 ? 8 : random.pick([0, 3, 11]),
    icmpCode: kind < 0.8 ? 0 : random.pick([0, 1, 3, 4]),
  }
}

const MAKERS: Readonly<Partial<Record<FloodClass, Maker>>> = { syn: opening, tcp: segment, udp: datagram, icmp: echo }

/**
 * What good packets of a class look like in general: it stands in for what was not learnt yet, so that the first flood after
 * a start is not answered with a rule that hits everybody. Empty for classes of which nothing is usual.
 */
export function generalPackets(kind: FloodClass, isVersion4: boolean): RowSet {
  const make = MAKERS[kind]
  if (make === undefined) return { rows: new Float64Array(0), size: 0 }
  const random = new RandomNumbers(SEED)
  const rows = new Float64Array(ROWS_PER_CLASS * COLUMNS.length).fill(-1)
  for (let row = 0; row < ROWS_PER_CLASS; row++) {
    if (!isVersion4)
      rows[row * COLUMNS.length + (PLACES.get('ipv6.flow') as number)] = random.below(0x10_0000) * random.below(2)
    for (const [name, value] of Object.entries(make(random))) {
      const place = PLACES.get(name)
      if (place !== undefined && (isVersion4 || !IPV4_ONLY.has(name))) rows[row * COLUMNS.length + place] = value
    }
  }
  return { rows, size: ROWS_PER_CLASS }
}
