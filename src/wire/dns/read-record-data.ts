import { fromUint128 } from '../ip.ts'
import { NameReader } from './name.ts'
import { layoutOf, type NumberedBytes, type PartKind, type PartValue } from './record-data.ts'
import { recordTypeName } from './record-type.ts'
import type { DnsScanner } from './scanner.ts'

/** Reads the parts of one record's data; `broken` is set when one does not fit. */
class DataReader {
  readonly #scanner: DnsScanner
  readonly #bytes: Buffer
  readonly #names = new NameReader()
  #at: number
  readonly #end: number
  broken = false

  constructor(scanner: DnsScanner) {
    const { bytes } = scanner
    this.#scanner = scanner
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#at = scanner.dataAt
    this.#end = scanner.dataEnd
  }

  get remaining(): number {
    return this.#end - this.#at
  }

  /** Where the next `length` bytes begin; they count as read. */
  take(length: number): number {
    if (length > this.remaining) {
      this.broken = true
      this.#at = this.#end
      return -1
    }
    this.#at += length
    return this.#at - length
  }

  uint8(): number {
    const at = this.take(1)
    return at < 0 ? 0 : this.#bytes[at]
  }

  uint16(): number {
    const at = this.take(2)
    return at < 0 ? 0 : this.#bytes.readUInt16BE(at)
  }

  uint32(): number {
    const at = this.take(4)
    return at < 0 ? 0 : this.#bytes.readUInt32BE(at)
  }

  uint128(): bigint {
    const at = this.take(16)
    return at < 0 ? 0n : (this.#bytes.readBigUInt64BE(at) << 64n) | this.#bytes.readBigUInt64BE(at + 8)
  }

  name(): string {
    const { start, bytes } = this.#scanner
    const name = this.#names.read(bytes, this.#at, start, this.#scanner.limit)
    const { end } = this.#names
    if (end < 0 || end > this.#end) {
      this.broken = true
      this.#at = this.#end
      return ''
    }
    this.#at = end
    return name
  }

  /** A copy: record data outlives the message that it came in. */
  copy(length: number): Buffer {
    const at = this.take(length)
    return at < 0 ? Buffer.alloc(0) : Buffer.from(this.#bytes.subarray(at, at + length))
  }

  text(): string {
    const length = this.uint8()
    const at = this.take(length)
    return at < 0 ? '' : this.#bytes.toString('latin1', at, at + length)
  }

  texts(): string[] {
    const texts: string[] = []
    while (this.remaining > 0) texts.push(this.text())
    return texts
  }

  /** The bit map of RFC 4034 section 4.1.2. */
  types(): number[] {
    const types: number[] = []
    while (this.remaining > 0) {
      const window = this.uint8()
      const map = this.copy(this.uint8())
      for (let index = 0; index < map.length * 8; index++) {
        if ((map[index >> 3] & (0x80 >> (index & 7))) !== 0) types.push(window * 256 + index)
      }
    }
    return types
  }

  numbered(): NumberedBytes[] {
    const list: NumberedBytes[] = []
    while (this.remaining > 0) list.push({ number: this.uint16(), bytes: this.copy(this.uint16()) })
    return list
  }
}

const READ: Readonly<Record<PartKind, (reader: DataReader) => PartValue>> = {
  uint8: (reader) => reader.uint8(),
  uint16: (reader) => reader.uint16(),
  uint32: (reader) => reader.uint32(),
  name: (reader) => reader.name(),
  fullName: (reader) => reader.name(),
  text: (reader) => reader.text(),
  texts: (reader) => reader.texts(),
  rest: (reader) => reader.copy(reader.remaining),
  counted: (reader) => reader.copy(reader.uint8()),
  ipv4: (reader) => reader.uint32(),
  ipv6: (reader) => fromUint128(reader.uint128()),
  types: (reader) => reader.types(),
  parameters: (reader) => reader.numbered(),
  options: (reader) => reader.numbered(),
}

/** The data of the record that the scanner stands on, part by part; `bytes` when it does not fit the layout of its type. */
export function readRecordData(scanner: DnsScanner): Readonly<Record<string, PartValue>> {
  const reader = new DataReader(scanner)
  const data: Record<string, PartValue> = {}
  for (const [part, kind] of layoutOf(recordTypeName(scanner.type))) data[part] = READ[kind](reader)
  if (!reader.broken && reader.remaining === 0) return data
  return { bytes: Buffer.from(scanner.bytes.subarray(scanner.dataAt, scanner.dataEnd)) }
}
