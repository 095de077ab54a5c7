/** Writes blocks of a pcapng file by hand, in either byte order, also such as our writer never makes. */
export class Blocks {
  readonly #littleEndian: boolean

  constructor(littleEndian: boolean) {
    this.#littleEndian = littleEndian
  }

  /** Numbers of 16 bits. */
  words(...numbers: readonly number[]): Buffer {
    const bytes = Buffer.alloc(numbers.length * 2)
    for (const [index, number] of numbers.entries()) {
      if (this.#littleEndian) bytes.writeUInt16LE(number, index * 2)
      else bytes.writeUInt16BE(number, index * 2)
    }
    return bytes
  }

  /** Numbers of 32 bits. */
  longs(...numbers: readonly number[]): Buffer {
    const bytes = Buffer.alloc(numbers.length * 4)
    for (const [index, number] of numbers.entries()) {
      if (this.#littleEndian) bytes.writeUInt32LE(number, index * 4)
      else bytes.writeUInt32BE(number, index * 4)
    }
    return bytes
  }

  /** Numbers of 64 bits. */
  longlong(number: bigint): Buffer {
    const bytes = Buffer.alloc(8)
    if (this.#littleEndian) bytes.writeBigInt64LE(number)
    else bytes.writeBigInt64BE(number)
    return bytes
  }

  option(code: number, value: string | Buffer): Buffer {
    const bytes = Buffer.from(value)
    return Buffer.concat([this.words(code, bytes.length), bytes, Buffer.alloc(-bytes.length & 3)])
  }

  block(type: number, ...parts: readonly Buffer[]): Buffer {
    const body = Buffer.concat(parts)
    const padded = Buffer.concat([body, Buffer.alloc(-body.length & 3)])
    const sizeBytes = padded.length + 12
    return Buffer.concat([this.longs(type, sizeBytes), padded, this.longs(sizeBytes)])
  }

  section(): Buffer {
    return this.block(0x0a0d0d0a, this.longs(0x1a2b3c4d), this.words(1, 0), this.longlong(-1n))
  }

  interface(linkType: number, snapBytes: number, ...options: readonly Buffer[]): Buffer {
    return this.block(1, this.words(linkType, 0), this.longs(snapBytes), ...options)
  }

  /** An enhanced packet block; `stamp` in units of the interface. */
  packet(interfaceNumber: number, stamp: bigint, data: Buffer, ...options: readonly Buffer[]): Buffer {
    const [high, low] = [Number(stamp >> 32n), Number(stamp & 0xffff_ffffn)]
    const head = this.longs(interfaceNumber, high, low, data.length, data.length)
    return this.block(6, head, data, Buffer.alloc(-data.length & 3), ...options)
  }
}
