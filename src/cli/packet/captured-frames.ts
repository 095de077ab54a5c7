import { createReadStream } from 'node:fs'
import { messageOf, TidegateError } from '#kernel'
import { CapturedPacket, type CaptureNote, CaptureReader, LINK_TYPE } from '#wire'
import { printable } from '../output/printable.ts'
import { hexDigitsOf } from './hex-dump.ts'

/** Is given each packet of a capture; the object is filled anew for the next one. */
export type FrameVisitor = (packet: CapturedPacket) => void

/**
 * Reads a capture file, or standard input for `-`. `visit` is called for the packets of one piece of the file, then
 * `pause` is awaited. Damage is told on standard error, and what stands before it is read; false when there was any.
 *
 * @throws TidegateError ERR_USAGE when the file cannot be read or is no capture
 */
export async function readFrames(path: string, visit: FrameVisitor, pause: () => Promise<void>): Promise<boolean> {
  const notes: CaptureNote[] = []
  let isCapture = true
  const reader = new CaptureReader({
    onPacket: visit,
    onNote: (note) => {
      if (note.fault === 'unknown-format') isCapture = false
      if (notes.length < NOTE_LIMIT) notes.push(note)
    },
  })
  try {
    const stream = path === '-' ? process.stdin : createReadStream(path)
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      reader.push(chunk)
      await pause()
    }
  } catch (error) {
    if (error instanceof TidegateError) throw error
    throw unreadable(path, messageOf(error), error)
  }
  reader.end()
  await pause()
  if (!isCapture) throw unreadable(path, notes[0].detail)
  for (const { offsetBytes, detail } of notes)
    process.stderr.write(`${printable(path)}: byte ${offsetBytes}: ${detail}\n`)
  return notes.length === 0
}

/** A broken file may be broken in every record. */
const NOTE_LIMIT = 20

function unreadable(path: string, why: string, cause?: unknown): TidegateError {
  return new TidegateError('ERR_USAGE', `--pcap ${path}: ${why}`, {
    source: 'environment',
    remedy: 'Give a pcap or pcapng file, unpacked, or - for standard input.',
    cause,
  })
}

/** The Ethernet frame that hexadecimal text says, as frame 1. */
export function capturedHex(text: string): CapturedPacket {
  const digits = hexDigitsOf(text)
  if (digits === '' || digits.length % 2 !== 0 || !/^[\da-f]*$/i.test(digits)) {
    throw new TidegateError('ERR_USAGE', '--hex is no frame in hexadecimal', {
      source: 'client',
      remedy: 'Give pairs of digits, beginning with the destination of the Ethernet header.',
    })
  }
  const frame = Buffer.from(digits, 'hex')
  const packet = new CapturedPacket()
  packet.captureInterface = { ...packet.captureInterface, linkType: LINK_TYPE.ethernet }
  packet.frameNumber = 1
  packet.bytes = frame
  packet.end = frame.length
  packet.originalBytes = frame.length
  return packet
}
