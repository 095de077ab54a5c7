import { readFileSync } from 'node:fs'
import { RangeTable } from './range-table.ts'

const COMMA = 0x2c
const LINE_FEED = 0x0a
const QUOTE = 0x22

/**
 * Reads a CSV file `first,last,number,name` with decimal addresses in ascending order.
 * @param words 1 for a file of IPv4 addresses, 4 for IPv6
 * @param names collects the name of each number, the first one seen
 */
export function readAsnRanges(
  file: string,
  words: 1 | 4,
  names: Map<number, string>,
): ReturnType<RangeTable['finish']> {
  const bytes = readFileSync(file)
  const table = new RangeTable(words)
  for (let start = 0; start < bytes.length;) {
    let end = bytes.indexOf(LINE_FEED, start)
    if (end < 0) end = bytes.length
    const afterFirst = bytes.indexOf(COMMA, start)
    const afterLast = bytes.indexOf(COMMA, afterFirst + 1)
    const afterNumber = bytes.indexOf(COMMA, afterLast + 1)
    if (afterNumber > 0 && afterNumber < end) {
      const asn = Number(bytes.toString('latin1', afterLast + 1, afterNumber))
      table.add(
        BigInt(bytes.toString('latin1', start, afterFirst)),
        BigInt(bytes.toString('latin1', afterFirst + 1, afterLast)),
        asn,
      )
      if (asn !== 0 && !names.has(asn)) names.set(asn, readName(bytes, afterNumber + 1, end))
    }
    start = end + 1
  }
  return table.finish()
}

function readName(bytes: Buffer, start: number, end: number): string {
  const last = bytes[end - 1] === 0x0d ? end - 1 : end
  if (bytes[start] !== QUOTE) return bytes.toString('utf8', start, last)
  return bytes.toString('utf8', start + 1, last - 1).replaceAll('""', '"')
}
