import type { Label, Register } from '#wire'
import type { PrologueCode } from './prologue-code.ts'
import { writeTcpOptions } from './prologue-tcp-options.ts'

const PROTOCOL = { icmp: 1, tcp: 6, udp: 17, gre: 47, icmpv6: 58, sctp: 132, udpLite: 136 } as const
const HEADER_BYTES = { icmp: 8, tcp: 20, udp: 8, gre: 4, sctp: 12, udpLite: 8 } as const
const TCP_FLAGS = 0xfff
const GRE_VERSION = 7
const GRE_HAS_CHECKSUM = 0x80
const GRE_HAS_KEY = 0x20

/** Reads the header at r9 of the protocol in r4, in a packet that ends at r5. */
export function writeTransport(code: PrologueCode): void {
  const { asm, labels } = code
  const parts = {
    tcp: asm.label('tcp'),
    udp: asm.label('udp'),
    ports: asm.label(),
    icmp: asm.label('icmp'),
    other: asm.label(),
    gre: asm.label('gre'),
  }
  // However the packet came here, the verifier goes on once.
  code.forget('r5')
  code.forget('r9')
  code.bound('r9')
  asm.jump('eq', 'r4', PROTOCOL.udp, parts.udp).jump('eq', 'r4', PROTOCOL.tcp, parts.tcp)
  asm.jump('eq', 'r4', PROTOCOL.icmp, parts.icmp).jump('eq', 'r4', PROTOCOL.icmpv6, parts.icmp)
  asm.jump('eq', 'r4', PROTOCOL.gre, parts.gre)
  asm.jump('eq', 'r4', PROTOCOL.sctp, parts.ports).jump('eq', 'r4', PROTOCOL.udpLite, parts.ports)
  asm.place(parts.other)
  keepPayload(code, 'r9', 'r5')
  asm.goto(labels.done)
  asm.place(parts.udp)
  writeUdp(code)
  asm.place(parts.tcp)
  writeTcp(code)
  asm.place(parts.icmp)
  writeIcmp(code, parts.other)
  asm.place(parts.gre)
  writeGre(code, parts.other)
  asm.place(parts.ports)
  writeSctpAndUdpLite(code)
}

/** Keeps where the payload begins and how long it is, unless it would begin behind its end. r1 is used. */
function keepPayload(code: PrologueCode, start: Register, end: Register): void {
  const { asm, slots } = code
  if (!slots.hasAny('payloadStart', 'payloadBytes')) return
  const none = asm.label()
  asm.jump('gt', start, end, none)
  code.keep('payloadStart', start)
  asm.mov('r1', end).alu('sub', 'r1', start)
  code.keep('payloadBytes', 'r1')
  asm.place(none)
}

/** The header is whole: the protocol and both ports. */
function keepPorts(code: PrologueCode): void {
  keepTransport(code)
  code.keepField('sourcePort', 'u16', 0)
  code.keepField('destinationPort', 'u16', 2)
}

/** From the slot of the protocol: of r4 the verifier knows which one it is. */
function keepTransport(code: PrologueCode): void {
  if (!code.slots.has('transport')) return
  code.asm.mov('r1', 'r4')
  code.forget('r1')
  code.keep('transport', 'r1')
}

function writeUdp(code: PrologueCode): void {
  const { asm, labels } = code
  const [fits, whole] = [asm.label(), asm.label()]
  code.point(HEADER_BYTES.udp, labels.malformed)
  keepPorts(code)
  code.field('r4', 'u16', 4)
  code.keep('udpLength', 'r4')
  asm.jump('lt', 'r4', HEADER_BYTES.udp, labels.malformed)
  asm.alu('add', 'r4', 'r9').jump('le', 'r4', 'r5', fits)
  // The first fragment says the length of the whole datagram.
  code.load('r1', 'fragment')
  asm.jump('ne', 'r1', 0, whole)
  code.noteMalformed()
  asm.place(whole).mov('r4', 'r5').place(fits)
  asm.alu('add', 'r9', HEADER_BYTES.udp)
  keepPayload(code, 'r9', 'r4')
  asm.goto(labels.done)
}

function writeTcp(code: PrologueCode): void {
  const { asm, labels } = code
  code.point(HEADER_BYTES.tcp, labels.malformed)
  keepPorts(code)
  code.keepField('tcpFlags', 'u16', 12, TCP_FLAGS)
  code.keepField('tcpSequence', 'u32', 4)
  code.keepField('tcpAcknowledgement', 'u32', 8)
  code.keepField('tcpWindow', 'u16', 14)
  code.keepField('tcpUrgentPointer', 'u16', 18)
  code.field('r4', 'u8', 12)
  asm.alu('rsh', 'r4', 4).alu('lsh', 'r4', 2)
  code.keep('tcpHeaderBytes', 'r4')
  asm.jump('lt', 'r4', HEADER_BYTES.tcp, labels.malformed)
  asm.alu('add', 'r4', 'r9')
  const [inside, payload] = [asm.label(), asm.label()]
  asm.jump('le', 'r4', 'r5', inside)
  code.noteMalformed()
  // Options are looked for up to the end of the frame.
  asm.goto(payload).place(inside)
  keepPayload(code, 'r4', 'r5')
  asm.place(payload)
  writeTcpOptions(code)
  asm.goto(labels.done)
}

/** ICMP belongs to IPv4, ICMPv6 to IPv6; with the other it is a protocol like any. */
function writeIcmp(code: PrologueCode, other: Label): void {
  const { asm, labels } = code
  const [six, read] = [asm.label(), asm.label()]
  code.load('r1', 'ipVersion')
  asm.jump('eq', 'r1', 6, six)
  asm.jump('ne', 'r4', PROTOCOL.icmp, other).goto(read)
  asm.place(six).jump('ne', 'r4', PROTOCOL.icmpv6, other).place(read)
  code.point(HEADER_BYTES.icmp, labels.malformed)
  keepTransport(code)
  code.keepField('icmpType', 'u8', 0)
  code.keepField('icmpCode', 'u8', 1)
  asm.alu('add', 'r9', HEADER_BYTES.icmp)
  keepPayload(code, 'r9', 'r5')
  asm.goto(labels.done)
}

function writeGre(code: PrologueCode, other: Label): void {
  const { asm, slots } = code
  const [cut, keyless, unsummed] = [asm.label(), asm.label(), asm.label()]
  code.point(HEADER_BYTES.gre, cut)
  keepTransport(code)
  code.keepField('greProtocol', 'u16', 2)
  code.keepField('greVersion', 'u8', 1, GRE_VERSION)
  if (slots.has('greKey')) {
    asm.load('u8', 'r1', 'r2').jump('set', 'r1', GRE_HAS_KEY, unsummed).goto(keyless)
    asm.place(unsummed)
    const keyed = asm.label()
    asm.alu('add', 'r2', HEADER_BYTES.gre)
    asm.alu('and', 'r1', GRE_HAS_CHECKSUM).alu('rsh', 'r1', 5).alu('add', 'r2', 'r1')
    code.within(4, keyless)
    asm.place(keyed)
    code.keepField('greKey', 'u32', 0)
  }
  asm.place(keyless).goto(other)
  asm.place(cut)
  code.noteMalformed()
  asm.goto(other)
}

function writeSctpAndUdpLite(code: PrologueCode): void {
  const { asm, labels } = code
  const lite = asm.label()
  asm.jump('eq', 'r4', PROTOCOL.udpLite, lite)
  for (const [label, bytes] of [
    [undefined, HEADER_BYTES.sctp],
    [lite, HEADER_BYTES.udpLite],
  ] as const) {
    if (label !== undefined) asm.place(label)
    code.point(bytes, labels.malformed)
    keepPorts(code)
    asm.alu('add', 'r9', bytes)
    keepPayload(code, 'r9', 'r5')
    asm.goto(labels.done)
  }
}
