/** A line of a dump: where it begins, counted in bytes, then its bytes, then maybe the same as text. */
const DUMP_LINE = /^\s*(?:0x)?([\da-f]{4,8})(?::\s+|\s{2,})(\S.*)$/i
/** The last line of hexdump says how many bytes there were. */
const LAST_LINE = /^[\da-f]{7,8}\s*$/i

/**
 * The hexadecimal digits of a frame as tools show it: digits with or without blanks and colons, or lines with offsets and
 * text, as tcpdump, Wireshark, hexdump and xxd print them. What is no digit stays, for the reader to refuse.
 */
export function hexDigitsOf(text: string): string {
  let digits = ''
  for (const line of text.split('\n')) {
    const [, offset, rest] = DUMP_LINE.exec(line) ?? []
    const isHere = (offsetText: string): boolean => Number.parseInt(offsetText, 16) * 2 === digits.length
    if (digits !== '' && LAST_LINE.test(line) && isHere(line)) continue
    const bytes = offset !== undefined && isHere(offset) ? withoutText(rest) : line
    digits += bytes.replaceAll(/[\s:]|0x/g, '')
  }
  return digits
}

/** hexdump puts the text between bars, and a gap between the bytes; the others put a gap before the text. */
function withoutText(rest: string): string {
  const bar = rest.indexOf('|')
  return bar < 0 ? rest.split(/\s{2,}/, 1)[0] : rest.slice(0, bar)
}
