/** Bytes of a number that JavaScript holds exactly. */
const EXACT_BYTES = 6

/**
 * The unsigned number in `length` bytes, most significant first. Exporters may shorten numbers (RFC 7011 section 6.2). Above
 * 2^53 it is rounded; -1 for lengths that no number has.
 */
export function readUnsigned(bytes: Buffer, at: number, length: number): number {
  if (length === 1) return bytes[at]
  if (length === 2) return (bytes[at] << 8) | bytes[at + 1]
  if (length === 4) return bytes.readUInt32BE(at)
  if (length === 8) return bytes.readUInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4)
  if (length === 0 || length > 8) return -1
  if (length <= EXACT_BYTES) return bytes.readUIntBE(at, length)
  return bytes[at] * 2 ** 48 + bytes.readUIntBE(at + 1, EXACT_BYTES)
}
