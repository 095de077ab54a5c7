import type { FactRow } from '../population/fact-row.ts'
import type { CompareKind } from '../report.ts'
import { GoodPackets } from './good-packets.ts'
import type { Mix } from './mix.ts'

interface PacketMix {
  readonly name: string
  readonly known: readonly string[]
  readonly attack: (world: GoodPackets) => FactRow
}

function packetMix({ name, known, attack }: PacketMix): Mix {
  return {
    name,
    kind: 'packet',
    labels: 'trusted',
    known,
    make: (seed, badRows, goodRows) => {
      const world = new GoodPackets(seed)
      return { bad: Array.from({ length: badRows }, () => attack(world)), good: world.rows(goodRows) }
    },
  }
}

const VICTIM = 203 * 2 ** 24 + 113 * 256 + 10

/** Floods as a firewall in front of a hosting network sees them. */
export const PACKET_MIXES: readonly Mix[] = [
  packetMix({
    name: 'DNS amplification',
    known: ['udp.srcport == 53 and ip.len >= 600'],
    attack: (world) =>
      world.udp(
        53,
        world.port(),
        `${world.bytes(2)}\x81\x80\0\x01\0\x14\0\0\0\x01\x04isc1\x03org\0\0\xff\0\x01${world.bytes(world.dice.integer(700, 1300))}`,
        { 'ip.dst': VICTIM },
      ),
  }),
  packetMix({
    name: 'NTP amplification by monlist',
    known: ['udp.srcport == 123 and udp.length >= 300'],
    attack: (world) => world.udp(123, world.port(), `\xd7\0\x03\x2a\0\x06\0\x48${world.bytes(432)}`),
  }),
  packetMix({
    name: 'SYN flood of one tool, everything spoofed',
    known: ['tcp.flags == 2 and tcp.window == 512'],
    attack: (world) =>
      world.tcp({
        'ip.src': world.anySource(),
        'ip.dst': VICTIM,
        'ip.len': 40,
        'frame.len': 60,
        'tcp.flags': 0x02,
        'tcp.window': 512,
        'tcp.hdr_len': 20,
        'tcp.len': 0,
        'tcp.ack': 0,
        'tcp.options.mss': undefined,
        'tcp.options.wscale': undefined,
        'tcp.options.sack_perm': false,
        'tcp.options.timestamp': false,
        'l4.payload': '',
        'l4.payload.len': 0,
      }),
  }),
  packetMix({
    name: 'SYN flood with the options of Linux, but random windows',
    known: ['tcp.flags == 2 and not tcp.window in {8192 29200 64240 65535}'],
    attack: (world) =>
      world.tcp({
        'ip.src': world.anySource(),
        'ip.ttl': 64 - world.dice.integer(5, 24),
        'ip.len': 60,
        'frame.len': 74,
        'tcp.dstport': 443,
        'tcp.flags': 0x02,
        'tcp.window': world.dice.integer(1, 65535),
        'tcp.hdr_len': 40,
        'tcp.len': 0,
        'tcp.ack': 0,
        'tcp.options.mss': 1460,
        'tcp.options.wscale': 7,
        'tcp.options.sack_perm': true,
        'tcp.options.timestamp': true,
        'l4.payload': '',
        'l4.payload.len': 0,
      }),
  }),
  packetMix({
    name: 'ACK flood without time stamps and data',
    known: ['tcp.flags == 16 and tcp.window == 0'],
    attack: (world) =>
      world.tcp({
        'ip.src': world.anySource(),
        'ip.len': 40,
        'frame.len': 60,
        'tcp.flags': 0x10,
        'tcp.window': 0,
        'tcp.hdr_len': 20,
        'tcp.len': 0,
        'tcp.options.mss': undefined,
        'tcp.options.wscale': undefined,
        'tcp.options.sack_perm': false,
        'tcp.options.timestamp': false,
        'l4.payload': '',
        'l4.payload.len': 0,
      }),
  }),
  packetMix({
    name: 'UDP flood of one length to a QUIC port',
    known: ['udp.dstport == 443 and udp.length == 1032'],
    attack: (world) =>
      world.udp(world.port(), 443, world.bytes(1024), { 'ip.dst': VICTIM, 'ip.src': world.anySource() }),
  }),
  packetMix({
    name: 'queries of a game server with a fixed payload',
    known: ['udp.dstport == 27015'],
    attack: (world) => world.udp(world.port(), 27015, '\xff\xff\xff\xffTSource Engine Query\0'),
  }),
  packetMix({
    name: 'payload with a mark behind four random bytes, on the port of QUIC',
    known: ['substring(l4.payload, 4, 8) == "\\xde\\xad\\xbe\\xef"'],
    attack: (world) =>
      world.udp(world.port(), 443, `${world.bytes(4)}\xde\xad\xbe\xef${world.bytes(world.dice.integer(20, 300))}`),
  }),
  packetMix({
    name: 'pings with large payloads',
    known: ['icmp.type == 8 and ip.len >= 500'],
    attack: (world) => world.ip(1, 8, world.bytes(world.dice.integer(600, 1400)), { 'icmp.type': 8, 'icmp.code': 0 }),
  }),
  packetMix({
    name: 'fragments',
    known: ['ip.frag == 2'],
    attack: (world) =>
      world.ip(17, 0, world.bytes(world.dice.integer(400, 1400)), {
        'ip.flags.df': false,
        'ip.frag': 2,
        'ip.frag_offset': world.dice.integer(1, 180),
        'l4.payload': undefined,
        'l4.payload.len': undefined,
      }),
  }),
  packetMix({
    name: 'reflected SYN/ACK and memcached at once',
    known: ['tcp.flags == 18', 'udp.srcport == 11211'],
    attack: (world) =>
      world.dice.chance(0.6)
        ? world.udp(11211, world.port(), `\0\0\0\0\0\x01\0\0VALUE ${world.bytes(1000)}`)
        : world.tcp({
            'tcp.flags': 0x12,
            'tcp.srcport': world.dice.pick([80, 443]),
            'tcp.dstport': world.port(),
            'tcp.len': 0,
            'l4.payload': '',
            'l4.payload.len': 0,
          }),
  }),
  packetMix({ name: 'packets of the same kind as the good ones', known: [], attack: (world) => world.row() }),
]

/** Fields that exporters of flows know. */
const FLOW_FIELDS = [
  'ip.src',
  'ip.dst',
  'ip.proto',
  'ip.version',
  'tcp.srcport',
  'tcp.dstport',
  'tcp.flags',
  'udp.srcport',
  'udp.dstport',
  'icmp.type',
]

function flowOf(row: FactRow, packets: number): FactRow {
  const facts = Object.fromEntries(FLOW_FIELDS.map((name) => [name, row.facts[name]]))
  const size = Number(row.facts['ip.len'])
  const flow = {
    'flow.packets': packets,
    'flow.bytes': packets * size,
    'flow.packet_size': size,
    'flow.protocol': 'ipfix',
  }
  return { timeMicros: row.timeMicros, facts: { ...facts, ...flow } }
}

function flowMix(name: string, known: readonly string[], attack: (world: GoodPackets) => FactRow): Mix {
  const kind: CompareKind = 'flow'
  return {
    name,
    kind,
    labels: 'trusted',
    known,
    make: (seed, badRows, goodRows) => {
      const world = new GoodPackets(seed)
      const packets = (): number => 1 + Math.floor(world.dice.fraction() ** 3 * 300)
      return {
        bad: Array.from({ length: badRows }, () => flowOf(attack(world), packets())),
        good: world.rows(goodRows).map((row) => flowOf(row, packets())),
      }
    },
  }
}

/** Floods that only exporters of flows saw. */
export const FLOW_MIXES: readonly Mix[] = [
  flowMix('flows of SSDP reflection', ['udp.srcport == 1900'], (world) =>
    world.udp(1900, world.port(), world.bytes(300)),
  ),
  flowMix('flows of a SYN flood to one server', ['ip.dst in {203.0.113.10} and tcp.flags == 2'], (world) =>
    world.tcp({ 'tcp.flags': 0x02, 'ip.dst': VICTIM, 'ip.src': world.anySource(), 'tcp.srcport': world.port() }),
  ),
  flowMix('flows of a flood to a port that nobody serves', ['udp.dstport == 80'], (world) =>
    world.udp(world.port(), 80, world.bytes(900), { 'ip.dst': VICTIM, 'ip.src': world.anySource() }),
  ),
]
