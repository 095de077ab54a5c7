import type { CapturedPacket } from './captured-packet.ts'
import type { Timescale } from './timescale.ts'

/** Where packets of a capture came from: an interface of a pcapng file, or the whole of a pcap file. */
export interface CaptureInterface {
  /** Counted from 0 over the whole file, although pcapng counts anew in each section. */
  readonly index: number
  /** The section it belongs to, from 0. */
  readonly section: number
  /** A number of `LINK_TYPE`, or another one. */
  readonly linkType: number
  /** Longest frame that was kept; 0 without a limit. */
  readonly snapBytes: number
  /** Bytes of frame check sequence that end each frame. */
  readonly fcsBytes: number
  readonly timescale: Timescale
  readonly name: string | undefined
  readonly description: string | undefined
}

/** A part of the file that is no packet, as it stands there. The bytes are valid during the call only. */
export interface CaptureBlock {
  /** Type of the pcapng block; 0 for the header of a pcap file. */
  readonly type: number
  readonly littleEndian: boolean
  readonly bytes: Buffer
  /** The block with its own head and tail stands from `start` up to `end`. */
  readonly start: number
  readonly end: number
}

/** What is wrong with a file. After `unknown-format` and `bad-length` nothing more of it can be read. */
export type CaptureFault =
  | 'unknown-format'
  /** The file ends inside a record. */
  | 'truncated'
  /** A record says a length that cannot be. */
  | 'bad-length'
  /** A block's parts contradict its length; it was skipped. */
  | 'bad-block'
  /** A packet names an interface that was not described; it was skipped. */
  | 'unknown-interface'

export interface CaptureNote {
  readonly fault: CaptureFault
  /** Where in the file the record begins. */
  readonly offsetBytes: number
  /** For people. */
  readonly detail: string
}

/** Takes what stands in a capture, in its order. */
export interface CaptureSink {
  /** `packet` is one object, filled anew for each packet: valid during the call only. */
  onPacket(packet: CapturedPacket): void
  onNote(note: CaptureNote): void
  onInterface?(captureInterface: CaptureInterface): void
  /** Everything else: headers, statistics, names, secrets, blocks of unknown types. */
  onBlock?(block: CaptureBlock): void
}
