import { decodeHuffman } from './huffman.ts'
import { STATIC_FIELDS } from './static-table.ts'

/** RFC 7541 section 4.1: what an entry counts beside its characters. */
const ENTRY_BYTES = 32
const DEFAULT_TABLE_BYTES = 4096
/** No honest receiver lets a sender fill more. */
const TABLE_BYTES_MOST = 65_536
const FIELDS_MOST = 1024
const TEXT_BYTES_MOST = 262_144
/** Five bytes hold every number that means something. */
const INTEGER_SHIFT_MOST = 28

interface Entry {
  readonly name: string
  readonly value: string
}

/**
 * Reads the field blocks of one direction of an HTTP/2 connection, which build on each other (RFC 7541). When one cannot be
 * read, none behind it can. How large the table is, the sender says in its blocks; what the receiver allows need not be known.
 */
export class HpackDecoder {
  /** Newest first. */
  readonly #dynamic: Entry[] = []
  #dynamicBytes = 0
  #tableBytes = DEFAULT_TABLE_BYTES
  isBroken = false

  #bytes: Buffer = Buffer.alloc(0)
  #at = 0
  #end = 0

  /** Names and values of a whole block in order; undefined when it breaks the rules, or is larger than any honest one. */
  decode(block: Buffer): string[] | undefined {
    if (this.isBroken) return undefined
    this.#bytes = block
    this.#at = 0
    this.#end = block.length
    const fields: string[] = []
    let textBytes = 0
    while (this.#at < this.#end && !this.isBroken) {
      const entry = this.#next()
      if (entry === undefined) continue
      textBytes += entry.name.length + entry.value.length
      if (fields.length >= 2 * FIELDS_MOST || textBytes > TEXT_BYTES_MOST) this.isBroken = true
      fields.push(entry.name, entry.value)
    }
    return this.isBroken ? undefined : fields
  }

  /** The next field line; undefined for a change of the table's size, and when the block is broken. */
  #next(): Entry | undefined {
    const first = this.#bytes[this.#at]
    if (first >= 0x80) return this.#entry(this.#integer(7))
    if (first >= 0x40) return this.#keep(this.#literal(6))
    if (first >= 0x20) {
      const sizeBytes = this.#integer(5)
      if (sizeBytes > TABLE_BYTES_MOST) this.isBroken = true
      this.#tableBytes = sizeBytes
      this.#evict()
      return undefined
    }
    return this.#literal(4)
  }

  #literal(prefixBits: number): Entry | undefined {
    const index = this.#integer(prefixBits)
    const name = index === 0 ? this.#string() : this.#entry(index)?.name
    const value = this.#string()
    return name === undefined || value === undefined ? this.#broken() : { name, value }
  }

  #entry(index: number): Entry | undefined {
    if (index > STATIC_FIELDS.length) return this.#dynamic[index - STATIC_FIELDS.length - 1] ?? this.#broken()
    const found = STATIC_FIELDS[index - 1]
    return found === undefined ? this.#broken() : { name: found[0], value: found[1] }
  }

  #keep(entry: Entry | undefined): Entry | undefined {
    if (entry === undefined) return undefined
    this.#dynamic.unshift(entry)
    this.#dynamicBytes += sizeOf(entry)
    this.#evict()
    return entry
  }

  #evict(): void {
    while (this.#dynamicBytes > this.#tableBytes) {
      const oldest = this.#dynamic.pop()
      if (oldest === undefined) break
      this.#dynamicBytes -= sizeOf(oldest)
    }
  }

  /** RFC 7541 section 5.1. */
  #integer(prefixBits: number): number {
    const most = (1 << prefixBits) - 1
    let value = this.#bytes[this.#at++] & most
    if (value < most) return value
    for (let shift = 0; shift <= INTEGER_SHIFT_MOST; shift += 7) {
      if (this.#at >= this.#end) break
      const byte = this.#bytes[this.#at++]
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
    this.isBroken = true
    return 0
  }

  #string(): string | undefined {
    if (this.#at >= this.#end) return this.#broken()
    const isHuffman = this.#bytes[this.#at] >= 0x80
    const length = this.#integer(7)
    const start = this.#at
    if (this.isBroken || start + length > this.#end) return this.#broken()
    this.#at += length
    if (!isHuffman) return this.#bytes.toString('latin1', start, this.#at)
    return decodeHuffman(this.#bytes, start, this.#at) ?? this.#broken()
  }

  #broken(): undefined {
    this.isBroken = true
    return undefined
  }
}

function sizeOf({ name, value }: Entry): number {
  return name.length + value.length + ENTRY_BYTES
}
