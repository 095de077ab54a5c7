import { TidegateError } from '#kernel'

/**
 * What the prologue of a program writes to the stack, and how many bytes each takes. A value that the packet does not have
 * is -1, so that `value <= x` (unsigned) and `value > x` (signed) need not ask for it first. Addresses are two numbers of 64
 * bits, the upper half at the lower place; they are there when `ipVersion` is (ARP: when `arpOpcode` is).
 */
const SLOT_BYTES = {
  etherType: 4,
  /** Tag control information. */
  vlanTag: 4,
  innerVlanTag: 4,
  arpOpcode: 4,
  arpSource: 16,
  arpDestination: 16,
  /** 4 or 6. */
  ipVersion: 4,
  source: 16,
  destination: 16,
  protocol: 4,
  ipBytes: 4,
  timeToLive: 4,
  trafficClass: 4,
  ipv4HeaderBytes: 4,
  ipv4Id: 4,
  /** The byte with the flags DF (0x40) and MF (0x20). */
  ipv4Flags: 4,
  ipOptionsStart: 4,
  ipOptionsBytes: 4,
  /** 0 for a whole packet, 1 for a first fragment, 2 for a later one. */
  fragment: 4,
  fragmentOffset: 4,
  ipv6PayloadBytes: 4,
  ipv6HopLimit: 4,
  ipv6TrafficClass: 4,
  flowLabel: 4,
  nextHeader: 4,
  /** Bits of the kinds of IPv6 extension headers. */
  extensions: 4,
  routingType: 4,
  /** The protocol when its header is one that is read, and whole. */
  transport: 4,
  sourcePort: 4,
  destinationPort: 4,
  tcpFlags: 4,
  tcpSequence: 8,
  tcpAcknowledgement: 8,
  tcpWindow: 4,
  tcpUrgentPointer: 4,
  tcpHeaderBytes: 4,
  tcpOptionsStart: 4,
  tcpOptionsBytes: 4,
  tcpMaximumSegment: 4,
  tcpWindowScale: 4,
  tcpSackPermitted: 4,
  tcpTimestamp: 4,
  tcpTimestampValue: 8,
  tcpTimestampEcho: 8,
  /** Not of the packet alone: whoever remembers connections writes it behind the prologue. */
  outOfState: 4,
  udpLength: 4,
  /** Of ICMP and ICMPv6: `transport` says which. */
  icmpType: 4,
  icmpCode: 4,
  greProtocol: 4,
  greVersion: 4,
  greKey: 8,
  /** Where the payload begins, counted from the first byte of the frame. */
  payloadStart: 4,
  payloadBytes: 4,
  /** 1 when a header contradicts itself or the frame; never -1. */
  malformed: 4,
} as const

export type PacketSlot = keyof typeof SLOT_BYTES

/** The kernel gives a program this much stack. */
const STACK_BYTES = 512

/** Slots that hold no value of their own: they need this one to say whether it is there. */
const COMPANIONS: Readonly<Partial<Record<PacketSlot, PacketSlot>>> = {
  source: 'ipVersion',
  destination: 'ipVersion',
  arpSource: 'arpOpcode',
  arpDestination: 'arpOpcode',
}

/** Where on the stack the slots of one program are: as offsets from r10, which are negative. */
export class SlotFrame {
  readonly #offsets = new Map<PacketSlot, number>()
  #sizeBytes = 0

  constructor(wanted: Iterable<PacketSlot>) {
    const slots = new Set<PacketSlot>()
    for (const slot of wanted) {
      slots.add(slot)
      const companion = COMPANIONS[slot]
      if (companion !== undefined) slots.add(companion)
    }
    // The wide ones first: then all are aligned.
    for (const slot of [...slots].sort((left, right) => SLOT_BYTES[right] - SLOT_BYTES[left])) {
      this.#offsets.set(slot, this.reserve(SLOT_BYTES[slot]))
    }
  }

  /** Takes bytes of the stack, aligned to their size but at most to 8: also for what the caller keeps. @throws TidegateError ERR_RULE_INVALID when there are none */
  reserve(sizeBytes: number): number {
    const alignment = Math.min(8, sizeBytes)
    this.#sizeBytes = Math.ceil((this.#sizeBytes + sizeBytes) / alignment) * alignment
    if (this.#sizeBytes <= STACK_BYTES) return -this.#sizeBytes
    throw new TidegateError(
      'ERR_RULE_INVALID',
      'the rules of one phase read more fields than a program of the kernel can hold',
      {
        source: 'configuration',
        remedy: 'Move some of the rules to another phase, or use fewer different fields.',
      },
    )
  }

  /** Calls `write`, and gives back what it reserved: the places are free for others when its code has run. */
  lend(write: () => void): void {
    const before = this.#sizeBytes
    write()
    this.#sizeBytes = before
  }

  has(slot: PacketSlot): boolean {
    return this.#offsets.has(slot)
  }

  /** True when any of them is wanted. */
  hasAny(...slots: readonly PacketSlot[]): boolean {
    return slots.some((slot) => this.#offsets.has(slot))
  }

  /** @throws TidegateError ERR_INVARIANT when the slot was not asked for */
  offsetOf(slot: PacketSlot): number {
    const offset = this.#offsets.get(slot)
    if (offset !== undefined) return offset
    throw new TidegateError('ERR_INVARIANT', `the program reads ${slot}, which its prologue does not write`, {
      source: 'internal',
    })
  }

  get slots(): readonly PacketSlot[] {
    return [...this.#offsets.keys()]
  }
}

/** Bytes of a slot. */
export function slotBytes(slot: PacketSlot): number {
  return SLOT_BYTES[slot]
}
