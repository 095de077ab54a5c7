import { uint32At } from './byte-order.ts'
import type { CaptureInterface } from './capture-sink.ts'
import { blockOptions, findOptionValue } from './pcapng-options.ts'
import { MICROSECONDS, type SplitTime } from './timescale.ts'

/** The interface before the first packet. */
const NO_INTERFACE: CaptureInterface = {
  index: 0,
  section: 0,
  linkType: 0,
  snapBytes: 0,
  fcsBytes: 0,
  timescale: MICROSECONDS,
  name: undefined,
  description: undefined,
}

const COMMENT_OPTION = 1
const FLAGS_OPTION = 2
const FLAGS_BYTES = 4
const NO_BYTES = Buffer.alloc(0)

/** One packet of a capture and where its bytes are. A reader fills one such object again and again. */
export class CapturedPacket implements SplitTime {
  /** Counted from 1, as Wireshark does. */
  frameNumber = 0
  captureInterface: CaptureInterface = NO_INTERFACE
  /** The captured bytes are those from `start` up to `end`. */
  bytes: Buffer = NO_BYTES
  start = 0
  end = 0
  /** Length on the wire, the frame check sequence included if it was captured. */
  originalBytes = 0
  /** False for pcapng's simple packet blocks: both parts of the time are 0. */
  hasTime = false
  seconds = 0
  nanoseconds = 0
  /** The whole record with its head, for those who copy it. */
  recordStart = 0
  recordEnd = 0
  littleEndian = true
  /** False for records of pcap files, and for pcapng's simple packet blocks. */
  canHaveOptions = false
  /** Options of the block, if it has any: from `optionsStart` up to `optionsEnd`. */
  optionsStart = 0
  optionsEnd = 0

  get capturedBytes(): number {
    return this.end - this.start
  }

  /** Comments that a person or program left on this packet. */
  comments(): string[] {
    return blockOptions(this.bytes, this.optionsStart, this.optionsEnd, this.littleEndian)
      .filter(({ code }) => code === COMMENT_OPTION)
      .map(({ start, end }) => this.bytes.toString('utf8', start, end))
  }

  /** Which way the packet went through its interface; undefined when the file does not say. */
  get direction(): 'in' | 'out' | undefined {
    const bits = this.#flags() & 3
    return bits === 1 ? 'in' : bits === 2 ? 'out' : undefined
  }

  /** Bytes of frame check sequence at its end. */
  get fcsBytes(): number {
    if (this.optionsStart === this.optionsEnd) return this.captureInterface.fcsBytes
    return (this.#flags() >> 5) & 15 || this.captureInterface.fcsBytes
  }

  #flags(): number {
    const { bytes, optionsStart, optionsEnd, littleEndian } = this
    const at = findOptionValue(bytes, optionsStart, optionsEnd, littleEndian, FLAGS_OPTION, FLAGS_BYTES)
    return at < 0 ? 0 : uint32At(bytes, at, littleEndian)
  }
}
