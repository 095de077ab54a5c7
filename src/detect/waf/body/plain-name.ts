/** Letters, digits and what names of forms, of JSON and of PHP's arrays are made of. */
const PLAIN_NAME = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte < 0x80 && /[A-Za-z0-9_.[\]-]/.test(String.fromCharCode(byte)) ? 1 : 0,
)

/** True for a name that is no attack by itself: letters, digits, `_`, `.`, `-` and brackets only. */
export function isPlainName(name: string): boolean {
  for (let at = 0; at < name.length; at++) if (PLAIN_NAME[name.charCodeAt(at)] === 0) return false
  return true
}
