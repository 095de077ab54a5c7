import type { Label } from '#wire'
import { writeBounds } from './packet-source.ts'
import type { PrologueCode } from './prologue-code.ts'

const ETHERNET_BYTES = 14
const VLAN_BYTES = 4
const SMALLEST_ETHER_TYPE = 0x0600
const ETHER_TYPE = { ipv4: 0x0800, arp: 0x0806, vlan: 0x8100, serviceVlan: 0x88a8, ipv6: 0x86dd } as const
const ARP_BYTES = 28
/** Hardware address of six bytes, protocol address of four, protocol IPv4: as the bytes 2 to 5 of an ARP packet say. */
const ARP_FORMAT = 0x0800_0604
/** 14, 18 or 22. */
const IP_OFFSET_MASK = 31

export interface LinkTargets {
  readonly arp: Label
  readonly ipv4: Label
  readonly ipv6: Label
  readonly needsArp: boolean
  readonly needsIp: boolean
}

/** Reads the Ethernet header and VLAN tags, and goes on to what they announce with its offset in r9. */
export function writeLink(code: PrologueCode, targets: LinkTargets): void {
  const { asm, labels } = code
  const untagged = asm.label('untagged')
  asm.mov('r2', 'r7')
  code.within(ETHERNET_BYTES, labels.malformed)
  code.field('r4', 'u16', ETHERNET_BYTES - 2)
  writeTagBeside(code, untagged)
  const isLength = asm.label()
  asm.jump('lt', 'r4', SMALLEST_ETHER_TYPE, isLength)
  code.keep('etherType', 'r4')
  asm.place(isLength).mov('r9', ETHERNET_BYTES).alu('add', 'r2', ETHERNET_BYTES)
  writeTags(code, ['vlanTag', 'innerVlanTag'], untagged)
  asm.place(untagged)
  // Fresh pointers: the verifier would go on apart for each number of tags, of which it knows how much of the frame is there.
  writeBounds(asm, code.source)
  code.forget('r9')
  asm.alu('and', 'r9', IP_OFFSET_MASK)
  if (targets.needsIp)
    asm.jump('eq', 'r4', ETHER_TYPE.ipv4, targets.ipv4).jump('eq', 'r4', ETHER_TYPE.ipv6, targets.ipv6)
  if (targets.needsArp) writeArp(code)
  asm.goto(labels.done)
}

/** The tags at r2, of which the first announced type is r4; what they announce is r4 then. Goes to `untagged` behind the last. */
function writeTags(code: PrologueCode, slots: readonly ('vlanTag' | 'innerVlanTag')[], untagged: Label): void {
  const { asm, labels } = code
  for (const slot of slots) {
    const tagged = asm.label()
    asm.jump('eq', 'r4', ETHER_TYPE.vlan, tagged).jump('ne', 'r4', ETHER_TYPE.serviceVlan, untagged).place(tagged)
    code.within(VLAN_BYTES, labels.malformed)
    code.keepField(slot, 'u16', 0)
    code.field('r4', 'u16', 2)
    asm.alu('add', 'r2', VLAN_BYTES).alu('add', 'r9', VLAN_BYTES)
  }
  // A tag more than the kernel reads.
  asm.jump('eq', 'r4', ETHER_TYPE.vlan, labels.malformed).jump('eq', 'r4', ETHER_TYPE.serviceVlan, labels.malformed)
}

/** The outer tag of a packet that is sent stands beside it: what r4 announces comes behind that. */
function writeTagBeside(code: PrologueCode, untagged: Label): void {
  const { asm, source } = code
  if (source.buffer === undefined) return
  const { hasTagAt, tagAt, tagTypeAt } = source.buffer
  const none = asm.label()
  asm.load('u32', 'r1', 'r6', hasTagAt).jump('eq', 'r1', 0, none)
  asm.load('u32', 'r1', 'r6', tagTypeAt).swap('r1', 16)
  code.keep('etherType', 'r1')
  asm.load('u32', 'r1', 'r6', tagAt)
  code.keep('vlanTag', 'r1')
  asm.mov('r9', ETHERNET_BYTES).alu('add', 'r2', ETHERNET_BYTES)
  writeTags(code, ['innerVlanTag'], untagged)
  asm.goto(untagged).place(none)
}

/** ARP for IPv4 over Ethernet (RFC 826); anything else has no fields. */
function writeArp(code: PrologueCode): void {
  const { asm, labels } = code
  asm.jump('ne', 'r4', ETHER_TYPE.arp, labels.done)
  code.point(ARP_BYTES, labels.done)
  code.field('r1', 'u32', 2)
  asm.jump('ne', 'r1', ARP_FORMAT, labels.done)
  code.keepField('arpOpcode', 'u16', 6)
  code.keepAddress('arpSource', 4, 14)
  code.keepAddress('arpDestination', 4, 24)
}
