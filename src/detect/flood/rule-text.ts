import { COLUMNS, type PacketKind } from './columns.ts'
import { type Condition, conditionText } from './condition.ts'
import { type Destination, destinationCondition, isIpv4 } from './destination.ts'
import type { FloodClass } from './flood-class.ts'

interface ClassText {
  /** Conditions that hold for exactly the packets of the class. */
  readonly all: string
  /** Columns of which any value says that a packet is of the class: a condition on one makes `all` needless. */
  readonly implied: readonly string[]
  /** Columns that all packets of the class have alike. */
  readonly alike: readonly string[]
}

const NOT_LATER_FRAGMENT = 'ip.frag != 2'

const CLASS_TEXTS: Readonly<Record<FloodClass, ClassText>> = {
  syn: { all: 'tcp.flags.syn and not tcp.flags.ack', implied: ['tcp.flags'], alike: ['ip.proto', 'ip.frag_offset'] },
  synAck: { all: 'tcp.flags.syn and tcp.flags.ack', implied: ['tcp.flags'], alike: ['ip.proto', 'ip.frag_offset'] },
  tcp: {
    all: `ip.proto == 6 and ${NOT_LATER_FRAGMENT} and not tcp.flags.syn`,
    implied: ['tcp.flags'],
    alike: ['ip.proto', 'ip.frag_offset'],
  },
  udp: {
    all: `ip.proto == 17 and ${NOT_LATER_FRAGMENT}`,
    implied: ['sourcePort', 'destinationPort'],
    alike: ['ip.proto', 'ip.frag_offset'],
  },
  icmp: {
    all: `ip.proto in {1 58} and ${NOT_LATER_FRAGMENT}`,
    implied: ['icmpType', 'icmpCode'],
    alike: ['ip.proto', 'ip.frag_offset'],
  },
  fragment: { all: 'ip.frag == 2', implied: [], alike: ['ip.frag'] },
  gre: {
    all: `ip.proto == 47 and ${NOT_LATER_FRAGMENT}`,
    implied: ['gre.proto'],
    alike: ['ip.proto', 'ip.frag_offset'],
  },
  other: { all: `not ip.proto in {1 6 17 47 58} and ${NOT_LATER_FRAGMENT}`, implied: [], alike: ['ip.frag_offset'] },
}

/** Columns that tell nothing within a class. */
export function alikeColumns(kind: FloodClass): ReadonlySet<string> {
  return new Set(CLASS_TEXTS[kind].alike)
}

export function packetKindOf(kind: FloodClass, destination: Destination): PacketKind {
  return { class: kind, isIpv4: isIpv4(destination) }
}

/** The rule for packets of a class to a destination that fulfil all conditions. */
export function ruleText(kind: FloodClass, destination: Destination, conditions: readonly Condition[]): string {
  const { all, implied } = CLASS_TEXTS[kind]
  const isImplied = conditions.some(({ column, isOutside }) => !isOutside && implied.includes(COLUMNS[column].name))
  const packets = packetKindOf(kind, destination)
  const texts = [...conditions]
    .sort((left, right) => left.column - right.column)
    .map((condition) => conditionText(condition, packets))
  return [destinationCondition(destination), ...(isImplied ? [] : [all]), ...texts].join(' and ')
}
