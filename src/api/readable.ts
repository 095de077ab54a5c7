const HIGH_BYTE = /[\u0080-\u00ff]/
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** A byte string (one character a byte) as text: decoded when it is UTF-8, else as it is. */
export function readable(bytes: string): string {
  if (!HIGH_BYTE.test(bytes)) return bytes
  try {
    return UTF8.decode(Buffer.from(bytes, 'latin1'))
  } catch {
    // Not UTF-8: shown one character a byte.
    return bytes
  }
}
