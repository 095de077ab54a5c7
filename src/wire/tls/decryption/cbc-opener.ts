import { createDecipheriv, createHmac } from 'node:crypto'
import { type OpenedRecord, recordHead, type RecordOpener, type SealedRecord } from './record-opener.ts'

/** A block cipher with a MAC of its own. */
export interface CbcSuite {
  readonly cipher: 'aes-128-cbc' | 'aes-256-cbc'
  readonly keyBytes: number
  readonly mac: 'sha1' | 'sha256' | 'sha384'
  readonly macBytes: number
}

const BLOCK_BYTES = 16

/**
 * Opens records of TLS 1.1 and 1.2 in blocks, each with its own initialisation vector: the MAC stands inside (RFC 5246
 * section 6.2.3.2), or outside where both agreed on that (RFC 7366), which only the records themselves need to tell.
 */
export class CbcOpener implements RecordOpener {
  readonly #suite: CbcSuite
  readonly #key: Buffer
  readonly #macKey: Buffer
  #sequence = 0

  constructor(suite: CbcSuite, key: Buffer, macKey: Buffer) {
    this.#suite = suite
    this.#key = key
    this.#macKey = macKey
  }

  open(record: SealedRecord): OpenedRecord | undefined {
    const contents = this.#macOutside(record) ?? this.#macInside(record)
    if (contents === undefined) return undefined
    this.#sequence++
    return { type: record.type, contents }
  }

  skip(): void {
    this.#sequence++
  }

  #macOutside({ type, version, contents }: SealedRecord): Buffer | undefined {
    const sealed = contents.subarray(0, -this.#suite.macBytes)
    if (!isBlocks(sealed) || contents.length < this.#suite.macBytes) return undefined
    const mac = this.#macOf(recordHead(this.#sequence, type, version, sealed.length), sealed)
    if (!mac.equals(contents.subarray(sealed.length))) return undefined
    const plain = this.#decrypted(sealed)
    const end = plain.length - 1 - plain[plain.length - 1]
    return end < 0 ? undefined : plain.subarray(0, end)
  }

  #macInside({ type, version, contents }: SealedRecord): Buffer | undefined {
    if (!isBlocks(contents)) return undefined
    const plain = this.#decrypted(contents)
    const macEnd = plain.length - 1 - plain[plain.length - 1]
    const end = macEnd - this.#suite.macBytes
    if (end < 0) return undefined
    const mac = this.#macOf(recordHead(this.#sequence, type, version, end), plain.subarray(0, end))
    return mac.equals(plain.subarray(end, macEnd)) ? plain.subarray(0, end) : undefined
  }

  #macOf(head: Buffer, covered: Buffer): Buffer {
    return createHmac(this.#suite.mac, this.#macKey).update(head).update(covered).digest()
  }

  #decrypted(sealed: Buffer): Buffer {
    const decipher = createDecipheriv(this.#suite.cipher, this.#key, sealed.subarray(0, BLOCK_BYTES)).setAutoPadding(
      false,
    )
    return Buffer.concat([decipher.update(sealed.subarray(BLOCK_BYTES)), decipher.final()])
  }
}

/** An initialisation vector and at least one block. */
function isBlocks(sealed: Buffer): boolean {
  return sealed.length >= 2 * BLOCK_BYTES && sealed.length % BLOCK_BYTES === 0
}
