/** A ClientHello to make: extensions in order, each with its value. */
export interface HelloPlan {
  readonly version?: number
  readonly ciphers: readonly number[]
  readonly extensions: readonly (readonly [type: number, value: Buffer])[] | undefined
}

const u16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255])

/** `length` bytes of length, then the bytes. */
export function vector(lengthBytes: 1 | 2, ...parts: readonly Uint8Array[]): Buffer {
  const bytes = Buffer.concat(parts)
  return Buffer.concat([lengthBytes === 1 ? Buffer.from([bytes.length]) : u16(bytes.length), bytes])
}

export function uint16s(values: readonly number[]): Buffer {
  return Buffer.concat(values.map(u16))
}

/** Splits a handshake message into TLS records of at most `size` bytes. */
export function inRecords(message: Uint8Array, size: number): Buffer {
  const records: Buffer[] = []
  for (let at = 0; at < message.length; at += size) {
    records.push(Buffer.from([22, 3, 1]), vector(2, message.subarray(at, at + size)))
  }
  return Buffer.concat(records)
}

/** The bytes of a ClientHello in one record, for tests of fingerprints. */
export function buildHello({ version = 0x0303, ciphers, extensions }: HelloPlan): Buffer {
  const body = [
    u16(version),
    Buffer.alloc(32, 7),
    vector(1, Buffer.alloc(32, 9)),
    vector(2, uint16s(ciphers)),
    vector(1, Buffer.from([0])),
  ]
  if (extensions !== undefined) {
    body.push(vector(2, ...extensions.map(([type, value]) => Buffer.concat([u16(type), vector(2, value)]))))
  }
  const bytes = Buffer.concat(body)
  return inRecords(Buffer.concat([Buffer.from([1, 0]), u16(bytes.length), bytes]), 16_384)
}
