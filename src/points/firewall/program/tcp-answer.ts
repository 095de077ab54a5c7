import type { PacketSlot, SlotFrame } from '#rules'
import { BPF_HELPER, type BpfAssembler, type Label, type Register, XDP } from '#wire'

/** What has to be read of a packet to answer it. */
export const ANSWER_SLOTS: readonly PacketSlot[] = [
  'ipVersion',
  'source',
  'destination',
  'vlanTag',
  'innerVlanTag',
  'sourcePort',
  'destinationPort',
  'tcpSequence',
]

const TCP = 6
const ETHERNET_BYTES = 14
const VLAN_BYTES = 4
const IPV4_BYTES = 20
const IPV6_BYTES = 40
const LOWER_HALF = 8

/** Words of 16 bits in network order as a little-endian machine reads them: checksums may be added up in either order. */
export const swapped = (word: number): number => ((word & 0xff) << 8) | (word >> 8)

/** A segment that goes back to where another one came from. */
export interface TcpAnswer {
  /** Of its header; it carries nothing. */
  readonly headerBytes: number
  /**
   * Writes all of the header behind the ports but the checksum and the urgent pointer, and adds it to r5. r1 to r4 are
   * free.
   */
  writeHeader(tcpAt: number, ipVersion: 4 | 6): void
  /** Where to go when it cannot be sent. */
  readonly drop: Label
}

/**
 * Turns the packet into an answer, and ends the program by sending it back: with the VLAN tags that it had, without its
 * options of IPv4 and extension headers of IPv6.
 */
export function emitTcpAnswer(asm: BpfAssembler, slots: SlotFrame, answer: TcpAnswer): void {
  const writer = new AnswerWriter(asm, slots, answer)
  const [untagged, single] = [asm.label(), asm.label()]
  asm.load('u32', 'r1', 'r10', slots.offsetOf('vlanTag')).jump32('eq', 'r1', -1, untagged)
  asm.load('u32', 'r1', 'r10', slots.offsetOf('innerVlanTag')).jump32('eq', 'r1', -1, single)
  writer.write(ETHERNET_BYTES + 2 * VLAN_BYTES)
  asm.place(single)
  writer.write(ETHERNET_BYTES + VLAN_BYTES)
  asm.place(untagged)
  writer.write(ETHERNET_BYTES)
}

class AnswerWriter {
  readonly #asm: BpfAssembler
  readonly #slots: SlotFrame
  readonly #answer: TcpAnswer

  constructor(asm: BpfAssembler, slots: SlotFrame, answer: TcpAnswer) {
    this.#asm = asm
    this.#slots = slots
    this.#answer = answer
  }

  /** The answers by either version of IP, whose header stands at `ipAt`. */
  write(ipAt: number): void {
    const asm = this.#asm
    const ipv6 = asm.label()
    asm.load('u32', 'r1', 'r10', this.#slots.offsetOf('ipVersion')).jump('ne', 'r1', 4, ipv6)
    this.#packet(4, ipAt + IPV4_BYTES, () => this.#ipv4Header(ipAt))
    asm.place(ipv6)
    this.#packet(6, ipAt + IPV6_BYTES, () => this.#ipv6Header(ipAt))
  }

  /** Writes the whole packet; `writeIp` the header of IP, which adds the addresses to r5. */
  #packet(ipVersion: 4 | 6, tcpAt: number, writeIp: () => void): void {
    const asm = this.#asm
    const { headerBytes } = this.#answer
    this.#resize(tcpAt + headerBytes)
    this.#hardwareAddresses()
    // r5 collects the checksum of TCP, which covers the addresses too.
    asm.mov('r5', swapped(TCP) + swapped(headerBytes))
    writeIp()
    for (const [slot, at] of [
      ['destinationPort', tcpAt],
      ['sourcePort', tcpAt + 2],
    ] as const) {
      asm.load('u32', 'r1', 'r10', this.#slots.offsetOf(slot)).swap('r1', 16)
      asm.store('u16', 'r7', at, 'r1').alu('add', 'r5', 'r1')
    }
    this.#answer.writeHeader(tcpAt, ipVersion)
    asm.store('u32', 'r7', tcpAt + 16, 0)
    emitFold(asm, 'r5', 'r1')
    asm
      .store('u16', 'r7', tcpAt + 16, 'r5')
      .mov('r0', XDP.tx)
      .exit()
  }

  /** Makes the frame as long as the answer, which may be longer than what is answered. */
  #resize(sizeBytes: number): void {
    const asm = this.#asm
    const { drop } = this.#answer
    asm.mov('r1', 'r6').mov('r2', 'r7').alu('add', 'r2', sizeBytes).alu('sub', 'r2', 'r8')
    asm.call(BPF_HELPER.xdpAdjustTail).jump('ne', 'r0', 0, drop)
    asm.load('u32', 'r7', 'r6', 0).load('u32', 'r8', 'r6', 4)
    asm.mov('r1', 'r7').alu('add', 'r1', sizeBytes).jump('gt', 'r1', 'r8', drop)
  }

  /** Exchanges the addresses of Ethernet. */
  #hardwareAddresses(): void {
    const asm = this.#asm
    for (const [size, at] of [
      ['u32', 0],
      ['u16', 4],
    ] as const) {
      asm.load(size, 'r1', 'r7', at).load(size, 'r2', 'r7', at + 6)
      asm.store(size, 'r7', at, 'r2').store(size, 'r7', at + 6, 'r1')
    }
  }

  #ipv4Header(ipAt: number): void {
    const asm = this.#asm
    // Five words, don't fragment, 64 hops.
    const words = [0x4500, IPV4_BYTES + this.#answer.headerBytes, 0, 0x4000, 0x4000 | TCP]
    for (const [index, word] of words.entries()) asm.store('u16', 'r7', ipAt + index * 2, swapped(word))
    asm.mov(
      'r3',
      words.reduce((sum, word) => sum + swapped(word), 0),
    )
    for (const [slot, at] of [
      ['destination', ipAt + 12],
      ['source', ipAt + 16],
    ] as const) {
      asm.load('u32', 'r1', 'r10', this.#slots.offsetOf(slot) + LOWER_HALF).swap('r1', 32)
      asm.store('u32', 'r7', at, 'r1').alu('add', 'r3', 'r1').alu('add', 'r5', 'r1')
    }
    emitFold(asm, 'r3', 'r1')
    asm.store('u16', 'r7', ipAt + 10, 'r3')
  }

  #ipv6Header(ipAt: number): void {
    const asm = this.#asm
    asm.store('u32', 'r7', ipAt, swapped(0x6000)).store('u16', 'r7', ipAt + 4, swapped(this.#answer.headerBytes))
    asm.store('u16', 'r7', ipAt + 6, swapped((TCP << 8) | 64))
    for (const [slot, at] of [
      ['destination', ipAt + 8],
      ['source', ipAt + 24],
    ] as const) {
      for (const half of [0, LOWER_HALF]) {
        asm.load('u64', 'r1', 'r10', this.#slots.offsetOf(slot) + half).swap('r1', 64)
        asm.mov('r2', 'r1').alu('rsh', 'r2', 32)
        asm.store('u32', 'r7', at + half, 'r1').store('u32', 'r7', at + half + 4, 'r2')
        asm.mov32('r1', 'r1').alu('add', 'r5', 'r1').alu('add', 'r5', 'r2')
      }
    }
  }
}

/** The ones' complement of a sum of words, in 16 bits (RFC 1071). */
function emitFold(asm: BpfAssembler, sum: Register, free: Register): void {
  for (let round = 0; round < 2; round++) asm.mov32(free, sum).alu('rsh', sum, 32).alu('add', sum, free)
  for (let round = 0; round < 3; round++) {
    asm.mov(free, sum).alu('rsh', free, 16).alu('and', sum, 0xffff).alu('add', sum, free)
  }
  asm.alu('xor', sum, 0xffff).alu('and', sum, 0xffff)
}
