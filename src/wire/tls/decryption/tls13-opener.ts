import { AEAD, type AeadSuite, openAead } from './aead.ts'
import { expandLabel } from './expand-label.ts'
import { nonceOf, type OpenedRecord, type RecordOpener, type SealedRecord } from './record-opener.ts'

interface Suite {
  readonly aead: AeadSuite
  readonly hash: 'sha256' | 'sha384'
}

/** Cipher suites of TLS 1.3 (RFC 8446 appendix B.4). */
const SUITES: Readonly<Record<number, Suite>> = {
  0x1301: { aead: AEAD.aes128Gcm, hash: 'sha256' },
  0x1302: { aead: AEAD.aes256Gcm, hash: 'sha384' },
  0x1303: { aead: AEAD.chacha20, hash: 'sha256' },
  0x1304: { aead: AEAD.aes128Ccm, hash: 'sha256' },
  0x1305: { aead: AEAD.aes128Ccm8, hash: 'sha256' },
}

const HASH_BYTES = { sha256: 32, sha384: 48 } as const
const IV_BYTES = 12
const RECORD_HEAD_BYTES = 5

/** Opens records of TLS 1.3 that one traffic secret seals (RFC 8446 section 5.2). */
export class Tls13Opener implements RecordOpener {
  readonly #suite: Suite
  #secret: Buffer
  #key!: Buffer
  #iv!: Buffer
  #sequence = 0

  private constructor(suite: Suite, secret: Buffer) {
    this.#suite = suite
    this.#secret = secret
    this.#derive()
  }

  /** Undefined for a cipher suite that is not known here, or a secret that is none of its. */
  static of(cipher: number, secret: Buffer | undefined): Tls13Opener | undefined {
    const suite = SUITES[cipher]
    if (suite === undefined || secret?.length !== HASH_BYTES[suite.hash]) return undefined
    return new Tls13Opener(suite, secret)
  }

  open({ type, version, contents }: SealedRecord): OpenedRecord | undefined {
    const head = Buffer.alloc(RECORD_HEAD_BYTES)
    head.writeUInt8(type, 0)
    head.writeUInt16BE(version, 1)
    head.writeUInt16BE(contents.length, 3)
    const opened = openAead(this.#suite.aead, this.#key, nonceOf(this.#iv, this.#sequence), contents, head)
    if (opened === undefined) return undefined
    this.#sequence++
    // Behind the contents stand their type and as many zeros as somebody liked.
    let end = opened.length - 1
    while (end >= 0 && opened[end] === 0) end--
    return end < 0
      ? { type: 0, contents: opened.subarray(0, 0) }
      : { type: opened[end], contents: opened.subarray(0, end) }
  }

  skip(): void {
    this.#sequence++
  }

  /** The side goes on with the next secret (RFC 8446 section 7.2). */
  update(): void {
    this.#secret = expandLabel(this.#suite.hash, this.#secret, 'traffic upd', this.#secret.length)
    this.#sequence = 0
    this.#derive()
  }

  #derive(): void {
    const { aead, hash } = this.#suite
    this.#key = expandLabel(hash, this.#secret, 'key', aead.keyBytes)
    this.#iv = expandLabel(hash, this.#secret, 'iv', IV_BYTES)
  }
}
