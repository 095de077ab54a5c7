import type { BpfAssembler, Label } from '#wire'
import { writeIpv4 } from './prologue-ipv4.ts'
import { writeIpv6 } from './prologue-ipv6.ts'
import { writeLink } from './prologue-link.ts'
import { type PacketSource, READABLE_BYTES, writeBounds, writeFrameBytes } from './packet-source.ts'
import { PrologueCode, writePull } from './prologue-code.ts'
import { writeTransport } from './prologue-transport.ts'
import { type PacketSlot, type SlotFrame, slotBytes } from './slots.ts'

/** What needs more than the header of the link, and what needs more than that of IP. */
const LINK_SLOTS: ReadonlySet<PacketSlot> = new Set(['etherType', 'vlanTag', 'innerVlanTag'])
const ARP_SLOTS: ReadonlySet<PacketSlot> = new Set(['arpOpcode', 'arpSource', 'arpDestination'])

const TRANSPORT_SLOTS = [
  'transport',
  'sourcePort',
  'destinationPort',
  'tcpFlags',
  'tcpSequence',
  'tcpAcknowledgement',
  'tcpWindow',
  'tcpUrgentPointer',
  'tcpHeaderBytes',
  'tcpOptionsStart',
  'tcpOptionsBytes',
  'tcpMaximumSegment',
  'tcpWindowScale',
  'tcpSackPermitted',
  'tcpTimestamp',
  'tcpTimestampValue',
  'tcpTimestampEcho',
  'udpLength',
  'icmpType',
  'icmpCode',
  'greProtocol',
  'greVersion',
  'greKey',
  'payloadStart',
  'payloadBytes',
  'malformed',
] as const satisfies readonly PacketSlot[]

/** What the chain of IPv6 extension headers says. */
const CHAIN_SLOTS = ['protocol', 'fragment', 'fragmentOffset', 'routingType'] as const satisfies readonly PacketSlot[]

/** Slots that the parser itself needs to find what is wanted. */
export function withNeededSlots(wanted: Iterable<PacketSlot>): Set<PacketSlot> {
  const slots = new Set(wanted)
  if (TRANSPORT_SLOTS.some((slot) => slots.has(slot))) slots.add('protocol').add('ipVersion').add('fragment')
  if (CHAIN_SLOTS.some((slot) => slots.has(slot))) slots.add('extensions')
  return slots
}

/**
 * Reads the packet that a program was called for as far as slots are wanted, as `Packet` of the wire floor does in its
 * outer view: Ethernet with at most two VLAN tags, IPv4 with options, IPv6 with at most six extension headers, then TCP,
 * UDP, UDP-Lite, SCTP, ICMP and GRE. Expects the context in r6; leaves first byte and end of what is at hand of the frame in
 * r7 and r8, and nothing in the other registers.
 */
export function writePrologue(asm: BpfAssembler, slots: SlotFrame, source: PacketSource): void {
  const labels = { done: asm.label('packet-read'), malformed: asm.label('malformed') }
  const code = new PrologueCode(asm, slots, labels, source)
  const again = asm.label('again')
  code.begin()
  if (source.buffer !== undefined && slots.hasAny(...BYTE_SLOTS)) writeReadable(code)
  asm.place(again)
  writeBounds(asm, source)
  asm.load('u32', 'r0', 'r6', source.interfaceAt).mov('r1', 'r0').alu('sub', 'r0', 'r1')
  writeAbsence(code)
  const needed = slots.slots
  if (needed.length > 0) {
    const parts = {
      arp: asm.label('arp'),
      ipv4: asm.label('ipv4'),
      ipv6: asm.label('ipv6'),
      transport: asm.label('transport'),
    }
    const needsArp = needed.some((slot) => ARP_SLOTS.has(slot))
    const needsIp = needed.some((slot) => !LINK_SLOTS.has(slot) && !ARP_SLOTS.has(slot))
    const needsTransport = slots.hasAny(...TRANSPORT_SLOTS)
    const next = needsTransport ? parts.transport : labels.done
    writeLink(code, { ...parts, needsArp, needsIp })
    if (needsIp) {
      writeIpv4(place(code, parts.ipv4), next)
      writeIpv6(place(code, parts.ipv6), next)
    }
    if (needsTransport) writeTransport(place(code, parts.transport))
    code.end(again)
  }
  asm.place(labels.malformed)
  code.noteMalformed()
  asm.place(labels.done)
  // Fresh pointers, and registers that hold nothing: however the program came here, the verifier goes on once.
  writeBounds(asm, source)
  for (const register of ['r0', 'r1', 'r2', 'r3', 'r4', 'r5', 'r9'] as const) asm.mov(register, 0)
}

/** Bytes that conditions read when the packet was read. */
const BYTE_SLOTS = ['payloadStart', 'tcpOptionsStart', 'ipOptionsStart'] as const satisfies readonly PacketSlot[]

/** Gets the bytes of a packet to hand that conditions may ask for. */
function writeReadable({ asm, source }: PrologueCode): void {
  const there = asm.label()
  writeBounds(asm, source)
  asm.mov('r3', 'r8').alu('sub', 'r3', 'r7').jump('ge', 'r3', READABLE_BYTES, there)
  writeFrameBytes(asm, source, 'r1')
  asm.jump('ge', 'r3', 'r1', there)
  writePull({ asm, source })
  asm.place(there)
}

function place(code: PrologueCode, label: Label): PrologueCode {
  code.asm.place(label)
  return code
}

/** Writes -1 to every slot; `malformed` is 0. */
function writeAbsence(code: PrologueCode): void {
  const { asm, slots } = code
  asm.mov('r1', -1)
  code.forget('r1')
  for (const slot of slots.slots) {
    if (slot !== 'malformed') {
      for (let at = 0; at < slotBytes(slot); at += 8) {
        asm.store(slotBytes(slot) === 4 ? 'u32' : 'u64', 'r10', slots.offsetOf(slot) + at, 'r1')
      }
    }
  }
  code.keepZero('malformed')
}
