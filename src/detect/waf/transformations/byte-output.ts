/** Values up to this length share one array; a longer one gets its own, so that it does not stay in memory. */
const SHARED_BYTES = 64 * 1024

const SHARED = Buffer.allocUnsafeSlow(SHARED_BYTES)

/** An array for at most `sizeBytes` bytes of output. It is shared: turn it into text before anything else asks for one. */
export function outputBytes(sizeBytes: number): Buffer {
  return sizeBytes <= SHARED_BYTES ? SHARED : Buffer.allocUnsafe(sizeBytes)
}

/** Copies a part of a byte string to the place `length` of the output, and returns the new length. */
export function copyBytes(text: string, from: number, to: number, output: Buffer, length: number): number {
  let end = length
  for (let at = from; at < to; at++) output[end++] = text.charCodeAt(at)
  return end
}

/** The first `length` bytes as a byte string. */
export function outputText(output: Buffer, length: number): string {
  return output.toString('latin1', 0, length)
}
