import { type CapturedPacket, CaptureReader, LINK_TYPE, PcapWriter } from '#wire'

/** A frame of a capture on its own. */
export interface EditableFrame {
  readonly bytes: Buffer
  readonly originalBytes: number
  readonly timeNs: bigint
}

const NANOSECONDS = 1_000_000_000n

export function framesOf(file: Buffer): EditableFrame[] {
  const frames: EditableFrame[] = []
  const reader = new CaptureReader({
    onPacket: (packet: CapturedPacket) =>
      frames.push({
        bytes: Buffer.from(packet.bytes.subarray(packet.start, packet.end)),
        originalBytes: packet.originalBytes,
        timeNs: BigInt(packet.seconds) * NANOSECONDS + BigInt(packet.nanoseconds),
      }),
    onNote: () => {},
  })
  reader.push(file)
  reader.end()
  return frames
}

export function captureOf(frames: readonly EditableFrame[], snapBytes: number = 262_144): Buffer {
  const pieces: Buffer[] = []
  const writer = new PcapWriter((piece) => void pieces.push(Buffer.from(piece)), {
    linkType: LINK_TYPE.ethernet,
    snapBytes,
  })
  for (const { bytes, originalBytes, timeNs } of frames) {
    const seconds = Number(timeNs / NANOSECONDS)
    writer.packet({
      bytes,
      start: 0,
      end: bytes.length,
      originalBytes,
      seconds,
      nanoseconds: Number(timeNs % NANOSECONDS),
    })
  }
  writer.end()
  return Buffer.concat(pieces)
}
