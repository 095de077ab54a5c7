import { setTimeout as sleep } from 'node:timers/promises'
import { BPF_HELPER, BpfAssembler, type BpfProgram, XDP } from '#wire'
import { type LoadedProgram, loadProgram, receiveFrames } from '#net'

/** What differs from packet to packet, at random. In the template it is zero. */
export type Varied = 'source' | 'id' | 'sourcePort' | 'destinationPort' | 'sequence'

const ETHERNET_BYTES = 14
const CHECKSUM_AT: Readonly<Record<number, number>> = { 6: 16, 17: 6, 1: 2 }

/** A call to the kernel takes some 25 ms, however many packets it sends. */
const CALLS_PER_SECOND = 25

/**
 * Sends many copies of an Ethernet frame with an IPv4 packet out of an interface, each with other random values and with
 * right checksums. The kernel makes them, which leaves the processor to those who have to cope with them.
 */
export class FloodSender {
  readonly #template: Buffer
  readonly #interfaceIndex: number
  readonly #program: LoadedProgram

  constructor(template: Buffer, varied: readonly Varied[], interfaceIndex: number) {
    this.#template = template
    this.#interfaceIndex = interfaceIndex
    this.#program = loadProgram(senderProgram(template, varied), new Map(), 'lab_sender')
  }

  /**
   * Sends for so long at about so many packets a second. How many it were, the receiver knows: the kernel begins anew when a
   * program ends meanwhile.
   */
  async send(packetsPerSecond: number, durationMs: number): Promise<void> {
    const burst = Math.ceil(packetsPerSecond / CALLS_PER_SECOND)
    const startedAtMs = performance.now()
    for (let calls = 0; ;) {
      const elapsedMs = performance.now() - startedAtMs
      if (elapsedMs >= durationMs) return
      const due = (elapsedMs / 1000) * CALLS_PER_SECOND
      if (calls < due) {
        receiveFrames(this.#program, this.#template, this.#interfaceIndex, burst)
        // What could not be sent in time on a busy machine is not made up for: that would be another flood.
        calls = Math.max(calls + 1, Math.floor(due))
      }
      await sleep(2)
    }
  }

  close(): void {
    this.#program.close()
  }
}

/** Writes random values and corrects the checksums for them (RFC 1624). */
function senderProgram(template: Buffer, varied: readonly Varied[]): BpfProgram {
  const transportAt = ETHERNET_BYTES + (template[ETHERNET_BYTES] & 15) * 4
  const ipChecksumAt = ETHERNET_BYTES + 10
  const transportChecksumAt = transportAt + (CHECKSUM_AT[template[ETHERNET_BYTES + 9]] ?? 0)
  const words: Readonly<Record<Varied, readonly number[]>> = {
    source: [ETHERNET_BYTES + 12, ETHERNET_BYTES + 14],
    id: [ETHERNET_BYTES + 4],
    sourcePort: [transportAt],
    destinationPort: [transportAt + 2],
    sequence: [transportAt + 4, transportAt + 6],
  }
  const asm = new BpfAssembler()
  const short = asm.label()
  asm.load('u32', 'r7', 'r1', 0).load('u32', 'r8', 'r1', 4)
  asm.mov('r2', 'r7').alu('add', 'r2', template.length).jump('gt', 'r2', 'r8', short)
  for (const at of varied.flatMap((each) => words[each])) {
    asm.call(BPF_HELPER.random).store('u16', 'r7', at, 'r0')
  }
  const inIp = varied.filter((each) => each === 'source' || each === 'id').flatMap((each) => words[each])
  const inTransport = varied.filter((each) => each !== 'id').flatMap((each) => words[each])
  emitChecksum(asm, template, ipChecksumAt, inIp)
  const isFragment = (template.readUInt16BE(ETHERNET_BYTES + 6) & 0x1fff) !== 0
  if (transportChecksumAt !== transportAt && !isFragment) emitChecksum(asm, template, transportChecksumAt, inTransport)
  asm.mov('r0', XDP.tx).exit().place(short).mov('r0', XDP.drop).exit()
  return asm.build()
}

function emitChecksum(asm: BpfAssembler, template: Buffer, at: number, words: readonly number[]): void {
  if (words.length === 0) return
  // The sum of what stays, in the order of the bytes.
  const kept = 0xffff - template.readUInt16LE(at)
  asm.mov('r9', kept)
  for (const word of words) asm.load('u16', 'r2', 'r7', word).alu('add', 'r9', 'r2')
  for (let fold = 0; fold < 2; fold++) {
    asm.mov('r2', 'r9').alu('rsh', 'r2', 16).alu('and', 'r9', 0xffff).alu('add', 'r9', 'r2')
  }
  asm.alu('xor', 'r9', 0xffff).store('u16', 'r7', at, 'r9')
}
