/** A record as it stands in a stream. */
export interface SealedRecord {
  readonly type: number
  readonly version: number
  /** Its contents, without the header. */
  readonly contents: Buffer
}

export interface OpenedRecord {
  /** One of `TLS_RECORD`: of TLS 1.3 the type that was hidden. */
  readonly type: number
  readonly contents: Buffer
}

/** Opens the records of one side, in their order. */
export interface RecordOpener {
  /** What a record holds; undefined when it was not sealed by this key: its number is not used up then. */
  open(record: SealedRecord): OpenedRecord | undefined
  /** Passes over a record that was not captured whole. */
  skip(): void
  /** The side goes on with its next secret, which only TLS 1.3 knows. */
  update?(): void
}

/** The number of a record in the last eight bytes of its nonce (RFC 8446 section 5.3, RFC 7905 section 2). */
export function nonceOf(iv: Buffer, sequence: number): Buffer {
  const nonce = Buffer.from(iv)
  const at = nonce.length - 8
  nonce.writeUInt32BE((nonce.readUInt32BE(at) ^ Math.floor(sequence / 2 ** 32)) >>> 0, at)
  nonce.writeUInt32BE((nonce.readUInt32BE(at + 4) ^ (sequence >>> 0)) >>> 0, at + 4)
  return nonce
}

/** What TLS 1.2 authenticates beside the contents: the number of the record, its type, version and length. */
export function recordHead(sequence: number, type: number, version: number, plainBytes: number): Buffer {
  const head = Buffer.alloc(13)
  head.writeBigUInt64BE(BigInt(sequence), 0)
  head.writeUInt8(type, 8)
  head.writeUInt16BE(version, 9)
  head.writeUInt16BE(plainBytes, 11)
  return head
}
