import { CaptureReader } from '../capture-reader.ts'
import type { CaptureFault, CaptureInterface } from '../capture-sink.ts'

/** What is remembered of a packet: the reader uses its own object again. */
export interface ReadPacket {
  readonly frameNumber: number
  readonly interfaceIndex: number
  readonly data: string
  readonly originalBytes: number
  readonly time: string
  readonly comments: readonly string[]
}

export interface ReadCapture {
  readonly packets: readonly ReadPacket[]
  readonly interfaces: readonly CaptureInterface[]
  readonly faults: readonly CaptureFault[]
  /** Types of the other blocks. */
  readonly blocks: readonly number[]
}

/** Reads a whole file that comes in pieces of the sizes that `pieceBytes` gives, one after the other. */
export function readCapture(file: Buffer, pieceBytes: () => number = () => file.length): ReadCapture {
  const packets: ReadPacket[] = []
  const interfaces: CaptureInterface[] = []
  const faults: CaptureFault[] = []
  const blocks: number[] = []
  const reader = new CaptureReader({
    onPacket: (packet) => {
      packets.push({
        frameNumber: packet.frameNumber,
        interfaceIndex: packet.captureInterface.index,
        data: packet.bytes.toString('hex', packet.start, packet.end),
        originalBytes: packet.originalBytes,
        time: packet.hasTime ? `${packet.seconds}.${String(packet.nanoseconds).padStart(9, '0')}` : '',
        comments: packet.comments(),
      })
    },
    onInterface: (captureInterface) => interfaces.push(captureInterface),
    onBlock: ({ type }) => blocks.push(type),
    onNote: ({ fault }) => faults.push(fault),
  })
  for (let at = 0; at < file.length;) {
    // A copy, and overwritten afterwards: what a piece held must not be needed any more.
    const piece = Buffer.from(file.subarray(at, at + Math.max(1, pieceBytes())))
    reader.push(piece)
    at += piece.length
    piece.fill(0xee)
  }
  reader.end()
  return { packets, interfaces, faults, blocks }
}
