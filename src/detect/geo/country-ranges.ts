import { readFileSync } from 'node:fs'
import { Reader } from 'mmdb-lib'
import { formatIp } from '#wire'
import { RangeTable } from './range-table.ts'
import { packCountry } from './table-format.ts'

interface CountryRecord {
  readonly country_code?: string
}

/**
 * Walks the search tree of a MaxMind DB file (format 2.0) in address order and returns its countries as a range table.
 * @param words 1 for a file of IPv4 addresses, 4 for IPv6
 */
export function readCountryRanges(file: string, words: 1 | 4): ReturnType<RangeTable['finish']> {
  const bytes = readFileSync(file)
  // The reader's record type is a closed union that lacks this data set's flat record.
  const reader = new Reader(bytes) as unknown as {
    readonly metadata: { readonly nodeCount: number; readonly recordSize: number }
    get(address: string): CountryRecord | null
  }
  const { nodeCount, recordSize } = reader.metadata
  const bits = 32 * words
  const table = new RangeTable(words)
  const countryByPointer = new Map<number, number>()
  const pending = [{ node: 0, prefix: 0n, depth: 0 }]
  for (let entry = pending.pop(); entry !== undefined; entry = pending.pop()) {
    const { node, prefix, depth } = entry
    if (node < nodeCount) {
      const half = 1n << BigInt(bits - depth - 1)
      pending.push({ node: childOf(bytes, node, 1, recordSize), prefix: prefix | half, depth: depth + 1 })
      pending.push({ node: childOf(bytes, node, 0, recordSize), prefix, depth: depth + 1 })
    } else if (node > nodeCount) {
      let country = countryByPointer.get(node)
      if (country === undefined) {
        country = packCountry(reader.get(formatIp(words === 1 ? Number(prefix) : prefix))?.country_code ?? '')
        countryByPointer.set(node, country)
      }
      table.add(prefix, prefix + (1n << BigInt(bits - depth)) - 1n, country)
    }
  }
  return table.finish()
}

/** Left (0) or right (1) record of a node; records have 24, 28 or 32 bits. */
function childOf(bytes: Buffer, node: number, side: 0 | 1, recordSize: number): number {
  const at = (node * recordSize) / 4
  if (recordSize === 28) {
    const middle = bytes[at + 3]
    return side === 0
      ? ((middle >> 4) << 24) | bytes.readUIntBE(at, 3)
      : ((middle & 15) << 24) | bytes.readUIntBE(at + 4, 3)
  }
  return bytes.readUIntBE(at + (side * recordSize) / 8, recordSize / 8)
}
