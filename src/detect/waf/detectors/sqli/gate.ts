// What words, names, numbers, dates and mail addresses are made of.
const PLAIN = Uint8Array.from({ length: 256 }, (_, byte) =>
  /[A-Za-z0-9 \-_.,:@?\t\r\n]/.test(String.fromCharCode(byte)) || byte >= 0x80 ? 1 : 0,
)

/** Words without which plain text cannot be a fragment of SQL. */
const TELLING_WORDS = /select|\b(?:x?or|and|by|having|limit|is|like|rlike|regexp|procedure)\b/i

/** True when `value` may hold SQL and must be lexed; false for ordinary words, numbers, dates, addresses. */
export function needsLexing(value: string): boolean {
  for (let index = 0; index < value.length; index++) {
    if (PLAIN[value.charCodeAt(index) & 0xff] === 0) return true
  }
  if (value.includes('--')) return true
  const first = value.charCodeAt(0)
  // Without quotes and operators only a number can be continued, or a query be joined.
  const number = (first >= 0x30 && first <= 0x39) || first === 0x2d || first === 0x2e
  return number ? TELLING_WORDS.test(value) : /select/i.test(value)
}
