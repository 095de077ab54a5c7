import { QuicReader } from './quic-reader.ts'

/** Takes the frames that Initial packets may hold (RFC 9000 section 12.4) and that say something. */
export interface QuicFrameSink {
  /** Bytes of the TLS handshake at an offset of its stream; a view. */
  onCrypto(offset: number, bytes: Buffer): void
  onClose(errorCode: number, reason: string): void
}

const FRAME = {
  padding: 0x00,
  ping: 0x01,
  ack: 0x02,
  ackEcn: 0x03,
  crypto: 0x06,
  close: 0x1c,
  closeApplication: 0x1d,
} as const
const REASON_BYTES = 256

/** Reads the frames of an Initial packet. False when one is cut off or not allowed there. Never throws. */
export function readInitialFrames(contents: Buffer, sink: QuicFrameSink): boolean {
  const reader = new QuicReader(contents, 0, contents.length)
  while (reader.remaining > 0) {
    const type = reader.variable()
    switch (type) {
      case FRAME.padding:
      case FRAME.ping:
        break
      case FRAME.ack:
      case FRAME.ackEcn:
        passAck(reader, type === FRAME.ackEcn)
        break
      case FRAME.crypto: {
        const offset = reader.variable()
        const bytes = reader.view(reader.variable())
        if (!reader.broken) sink.onCrypto(offset, bytes)
        break
      }
      case FRAME.close:
      case FRAME.closeApplication: {
        const errorCode = reader.variable()
        if (type === FRAME.close) reader.variable()
        const reason = reader.view(reader.variable())
        if (!reader.broken) sink.onClose(errorCode, reason.toString('latin1', 0, REASON_BYTES))
        break
      }
      default:
        return false
    }
    if (reader.broken) return false
  }
  return true
}

function passAck(reader: QuicReader, hasEcn: boolean): void {
  reader.variable()
  reader.variable()
  const ranges = reader.variable()
  reader.variable()
  for (let range = 0; range < ranges && !reader.broken; range++) {
    reader.variable()
    reader.variable()
  }
  for (let count = hasEcn ? 3 : 0; count > 0; count--) reader.variable()
}
