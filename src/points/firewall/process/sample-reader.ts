import { type BpfMap, RingBuffer } from '#net'
import type { PacketRule } from '../packet-decision.ts'
import { SAMPLE, SAMPLE_BYTES, SAMPLE_HEAD_BYTES, SPREAD } from '../program/layout.ts'
import type { PacketSample, SampledRule } from './messages.ts'

/** Samples that are looked at in one go. When more wait, one in so many of each rule is, and stands for the others. */
const DRAIN_MOST = 4096
/** Samples of a rule that are looked at whatever waits beside them. */
const FIRST_OF_RULE = 16
const SPREAD_RANGE = 2 ** 32
const RECORD_BYTES = SAMPLE_BYTES + 8

/** Reads the samples of one program. */
export class SampleReader {
  readonly #ring: RingBuffer
  readonly #rules: readonly SampledRule[]
  readonly #interfaceNames: ReadonlyMap<number, string>
  readonly #seenOfSlot: Uint32Array

  constructor(map: BpfMap, rules: readonly PacketRule[], interfaceNames: ReadonlyMap<number, string>) {
    this.#ring = new RingBuffer(map)
    this.#rules = rules.map(sampledRule)
    this.#interfaceNames = interfaceNames
    this.#seenOfSlot = new Uint32Array(rules.length + 1)
  }

  /** Gives what came since the last call to `visit`; returns how many samples there were. */
  drain(visit: (sample: PacketSample) => void): number {
    const waiting = this.#ring.waitingBytes / RECORD_BYTES
    const stride = Math.max(1, Math.ceil(waiting / DRAIN_MOST))
    // The clock of the samples is that of `hrtime`.
    const epochMs = Date.now() - Number(process.hrtime.bigint()) / 1e6
    const seenOfSlot = this.#seenOfSlot.fill(0)
    // Begins anywhere, so that what is left at the end stands for itself on average.
    const phase = Math.floor(Math.random() * SPREAD_RANGE)
    const chosenBelow = SPREAD_RANGE / stride
    return this.#ring.drain((record) => {
      const slot = record.readUInt32LE(SAMPLE.slot)
      const seen = (seenOfSlot[slot] ?? 0) + 1
      seenOfSlot[slot] = seen
      if (seen <= FIRST_OF_RULE) visit(this.#sampleOf(record, 1, epochMs))
      else if (Math.imul(seen + phase, SPREAD) >>> 0 < chosenBelow) visit(this.#sampleOf(record, stride, epochMs))
    })
  }

  #sampleOf(record: Buffer, stride: number, epochMs: number): PacketSample {
    const rule = this.#rules[record.readUInt32LE(SAMPLE.slot) - 1]
    const frameBytes = record.readUInt32LE(SAMPLE.frameBytes)
    return {
      ...(rule !== undefined && { rule }),
      timeMs: epochMs + Number(record.readBigUInt64LE(SAMPLE.timeNanoseconds)) / 1e6,
      isDropped: record.readUInt16LE(SAMPLE.isDropped) === 1,
      weight: record.readUInt32LE(SAMPLE.weight) * stride,
      interfaceName: this.#interfaceNames.get(record.readUInt32LE(SAMPLE.interfaceIndex)) ?? '',
      direction: record.readUInt16LE(SAMPLE.isOutgoing) === 1 ? 'out' : 'in',
      frameBytes,
      head: headOf(record, frameBytes),
    }
  }

  close(): void {
    this.#ring.close()
  }
}

/** A copy: the record is the kernel's, and gone after the call. */
function headOf(record: Buffer, frameBytes: number): Uint8Array {
  const tagType = record.readUInt16LE(SAMPLE.tagType)
  const copied = Math.min(frameBytes - (tagType === 0 ? 0 : TAG_BYTES), SAMPLE_HEAD_BYTES)
  const head: Uint8Array = Uint8Array.prototype.slice.call(record, SAMPLE.head, SAMPLE.head + copied)
  return tagType === 0 || copied < TAG_AT ? head : withTag(head, tagType, record.readUInt16LE(SAMPLE.tag))
}

/** Behind both addresses of Ethernet. */
const TAG_AT = 12
const TAG_BYTES = 4

/** The frame as it is on the wire; the type of the tag is in network order already. */
function withTag(head: Uint8Array, tagType: number, tag: number): Uint8Array {
  const tagged = Buffer.alloc(head.length + TAG_BYTES)
  tagged.set(head.subarray(0, TAG_AT))
  tagged.writeUInt16LE(tagType, TAG_AT)
  tagged.writeUInt16BE(tag, TAG_AT + 2)
  tagged.set(head.subarray(TAG_AT), TAG_AT + TAG_BYTES)
  return tagged
}

/** What the samples of a rule say about it. */
export function sampledRule({ phase, rule }: PacketRule): SampledRule {
  const { id, description, when, action, mode } = rule
  const isNote = mode === 'log' || action.type === 'log'
  const said = description === '' ? `matched: ${when}` : `matched: ${description}`
  const why = action.type === 'rate_limit' && !isNote ? `above the rate of rule "${id}"` : `rule "${id}" ${said}`
  return { phase, ruleId: id, action: action.type, why, isNote, logOnly: mode === 'log' }
}
