import type { CapturedPacket } from './captured-packet.ts'
import { BLOCK_TAIL_BYTES } from './pcapng-block.ts'
import { blockOptions, padded } from './pcapng-options.ts'
import type { RecordOutput } from './record-output.ts'

const COMMENT_OPTION = 1
const OPTION_HEAD_BYTES = 4
const OPTION_BYTES_LIMIT = 65_535
const LENGTH_AT = 4

/** The bytes of a text for an option: beyond 64 KiB it is cut, at a character. */
export function optionText(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8')
  if (bytes.length <= OPTION_BYTES_LIMIT) return bytes
  let end = OPTION_BYTES_LIMIT
  while ((bytes[end] & 0xc0) === 0x80) end--
  return bytes.subarray(0, end)
}

/**
 * Writes the block of a packet with a comment behind its other options, in its own byte order. A simple packet block has
 * no place for one and is written as it is.
 */
export function writeComment(output: RecordOutput, packet: CapturedPacket, comment: string): void {
  const { bytes, recordStart, recordEnd, littleEndian, canHaveOptions } = packet
  if (!canHaveOptions) {
    output.append(bytes, recordStart, recordEnd)
    return
  }
  const text = optionText(comment)
  const options = blockOptions(bytes, packet.optionsStart, packet.optionsEnd, littleEndian)
  const lastOption = options.at(-1)
  const optionsEnd = lastOption === undefined ? packet.optionsStart : padded(lastOption.end - recordStart) + recordStart
  const keptBytes = optionsEnd - recordStart
  const commentBytes = OPTION_HEAD_BYTES + padded(text.length)
  const sizeBytes = keptBytes + commentBytes + OPTION_HEAD_BYTES + BLOCK_TAIL_BYTES
  const at = output.reserve(sizeBytes)
  const { piece } = output
  piece.fill(0, at, at + sizeBytes)
  bytes.copy(piece, at, recordStart, optionsEnd)
  text.copy(piece, at + keptBytes + OPTION_HEAD_BYTES)
  if (littleEndian) {
    piece.writeUInt16LE(COMMENT_OPTION, at + keptBytes)
    piece.writeUInt16LE(text.length, at + keptBytes + 2)
    piece.writeUInt32LE(sizeBytes, at + LENGTH_AT)
    piece.writeUInt32LE(sizeBytes, at + sizeBytes - BLOCK_TAIL_BYTES)
  } else {
    piece.writeUInt16BE(COMMENT_OPTION, at + keptBytes)
    piece.writeUInt16BE(text.length, at + keptBytes + 2)
    piece.writeUInt32BE(sizeBytes, at + LENGTH_AT)
    piece.writeUInt32BE(sizeBytes, at + sizeBytes - BLOCK_TAIL_BYTES)
  }
}
