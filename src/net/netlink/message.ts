/** Flags of messages, linux/netlink.h. */
export const FLAG = { request: 1, acknowledge: 4, dump: 0x300, create: 0x400 } as const

const HEADER_BYTES = 16
const GENERIC_BYTES = 4
const ATTRIBUTE_BYTES = 4
const NESTED = 0x8000
const ALIGNMENT = 4

function aligned(bytes: number): number {
  return (bytes + ALIGNMENT - 1) & ~(ALIGNMENT - 1)
}

/** Builds messages of netfilter's netlink (linux/netlink.h, linux/netfilter/nfnetlink.h), one behind the other. */
export class NetlinkWriter {
  #bytes = Buffer.alloc(1 << 16)
  #end = 0
  #message = 0
  readonly #open: number[] = []

  /** What was written since the last call of `clear`. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#end)
  }

  get length(): number {
    return this.#end
  }

  /** Bytes of the innermost attribute that is open, so far. */
  get openBytes(): number {
    return this.#end - (this.#open.at(-1) ?? this.#end)
  }

  clear(): void {
    this.#end = 0
  }

  /** Begins a message. `resource` is the last field of the generic header, in network order. */
  begin(type: number, flags: number, sequence: number, family: number, resource: number = 0): this {
    this.#message = this.#end
    const at = this.#reserve(HEADER_BYTES + GENERIC_BYTES)
    this.#bytes.writeUInt16LE(type, at + 4)
    this.#bytes.writeUInt16LE(flags, at + 6)
    this.#bytes.writeUInt32LE(sequence, at + 8)
    this.#bytes.writeUInt32LE(0, at + 12)
    this.#bytes[at + 16] = family
    this.#bytes[at + 17] = 0
    this.#bytes.writeUInt16BE(resource, at + 18)
    return this
  }

  /** The rest of a header that is longer than the generic one. */
  header(bytes: Buffer): this {
    bytes.copy(this.#bytes, this.#reserve(bytes.length))
    return this
  }

  end(): this {
    this.#bytes.writeUInt32LE(this.#end - this.#message, this.#message)
    return this
  }

  /** Adds flags to the message that was written last. */
  addFlags(flags: number): void {
    this.#bytes.writeUInt16LE(this.#bytes.readUInt16LE(this.#message + 6) | flags, this.#message + 6)
  }

  open(type: number): this {
    const at = this.#reserve(ATTRIBUTE_BYTES)
    this.#bytes.writeUInt16LE(type | NESTED, at + 2)
    this.#open.push(at)
    return this
  }

  close(): this {
    const at = this.#open.pop() ?? this.#end
    this.#bytes.writeUInt16LE(this.#end - at, at)
    return this
  }

  /** Copies `sizeBytes` of a value from `from` on. */
  value(type: number, value: Buffer, from: number, sizeBytes: number): this {
    const at = this.#attribute(type, sizeBytes)
    value.copy(this.#bytes, at, from, from + sizeBytes)
    return this
  }

  text(type: number, text: string): this {
    const value = Buffer.from(`${text}\0`, 'latin1')
    return this.value(type, value, 0, value.length)
  }

  number8(type: number, value: number): this {
    const at = this.#attribute(type, 1)
    this.#bytes[at] = value
    return this
  }

  number32(type: number, value: number): this {
    const at = this.#attribute(type, 4)
    this.#bytes.writeUInt32BE(value, at)
    return this
  }

  number64(type: number, value: bigint): this {
    const at = this.#attribute(type, 8)
    this.#bytes.writeBigUInt64BE(value, at)
    return this
  }

  #attribute(type: number, sizeBytes: number): number {
    const at = this.#reserve(ATTRIBUTE_BYTES + aligned(sizeBytes))
    this.#bytes.writeUInt16LE(ATTRIBUTE_BYTES + sizeBytes, at)
    this.#bytes.writeUInt16LE(type, at + 2)
    return at + ATTRIBUTE_BYTES
  }

  /** Zeroed room, whose size is a multiple of the alignment. */
  #reserve(sizeBytes: number): number {
    const at = this.#end
    this.#end += sizeBytes
    if (this.#end > this.#bytes.length) {
      const larger = Buffer.alloc(Math.max(this.#bytes.length * 2, this.#end))
      this.#bytes.copy(larger, 0, 0, at)
      this.#bytes = larger
    }
    this.#bytes.fill(0, at, this.#end)
    return at
  }
}

/** A message that was received. */
export interface NetlinkMessage {
  readonly type: number
  readonly sequence: number
  /** What follows the header of netlink. */
  readonly body: Buffer
}

/** The messages of one datagram. They are views into it. */
export function* messagesOf(datagram: Buffer): Iterable<NetlinkMessage> {
  for (let at = 0; at + HEADER_BYTES <= datagram.length;) {
    const length = datagram.readUInt32LE(at)
    if (length < HEADER_BYTES || at + length > datagram.length) return
    yield {
      type: datagram.readUInt16LE(at + 4),
      sequence: datagram.readUInt32LE(at + 8),
      body: datagram.subarray(at + HEADER_BYTES, at + length),
    }
    at += aligned(length)
  }
}

/** The attributes of a message behind its generic header, or those within an attribute, by type; the last of a type counts. */
export function attributesOf(body: Buffer, from: number = GENERIC_BYTES): ReadonlyMap<number, Buffer> {
  const found = new Map<number, Buffer>()
  for (let at = from; at + ATTRIBUTE_BYTES <= body.length;) {
    const length = body.readUInt16LE(at)
    if (length < ATTRIBUTE_BYTES || at + length > body.length) break
    found.set(body.readUInt16LE(at + 2) & ~(NESTED | 0x4000), body.subarray(at + ATTRIBUTE_BYTES, at + length))
    at += aligned(length)
  }
  return found
}

/** A text without the zero that ends it. */
export function textOf(value: Buffer): string {
  const end = value.indexOf(0)
  return value.toString('latin1', 0, end < 0 ? value.length : end)
}
