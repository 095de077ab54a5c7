import { RingBuffer, type BpfMap } from '#net'
import type { PacketRule } from '../packet-decision.ts'
import { SAMPLE, SAMPLE_HEAD_BYTES } from '../program/layout.ts'
import type { PacketSample } from './messages.ts'

/** Records that are read at a time; the rest waits, and when the buffer is full the kernel leaves packets out. */
const DRAIN_LIMIT = 4096

/** Reads the samples of one program. */
export class SampleReader {
  readonly #ring: RingBuffer
  readonly #rules: readonly PacketRule[]
  readonly #interfaceNames: ReadonlyMap<number, string>

  constructor(map: BpfMap, rules: readonly PacketRule[], interfaceNames: ReadonlyMap<number, string>) {
    this.#ring = new RingBuffer(map)
    this.#rules = rules
    this.#interfaceNames = interfaceNames
  }

  /** Gives what came since the last call to `visit`; returns how many there were. */
  drain(visit: (sample: PacketSample) => void): number {
    return this.#ring.drain((record) => visit(this.#sampleOf(record)), DRAIN_LIMIT)
  }

  #sampleOf(record: Buffer): PacketSample {
    const rule = this.#rules[record.readUInt32LE(SAMPLE.slot) - 1]
    const frameBytes = record.readUInt32LE(SAMPLE.frameBytes)
    const copied = Math.min(frameBytes, SAMPLE_HEAD_BYTES)
    return {
      ...(rule !== undefined && { phase: rule.phase, ruleId: rule.rule.id }),
      isDropped: record.readUInt32LE(SAMPLE.isDropped) === 1,
      weight: record.readUInt32LE(SAMPLE.weight),
      interfaceName: this.#interfaceNames.get(record.readUInt32LE(SAMPLE.interfaceIndex)) ?? '',
      frameBytes,
      // A copy: the record is the kernel's, and gone after the call.
      head: Uint8Array.prototype.slice.call(record, SAMPLE.head, SAMPLE.head + copied),
    }
  }

  close(): void {
    this.#ring.close()
  }
}
