import { createHmac } from 'node:crypto'
import { cipherSuiteName } from '../cipher-suite.ts'
import { AEAD, type AeadSuite, openAead } from './aead.ts'
import { CbcOpener, type CbcSuite } from './cbc-opener.ts'
import { nonceOf, type OpenedRecord, recordHead, type RecordOpener, type SealedRecord } from './record-opener.ts'

/** How records of a cipher suite of TLS 1.2 are sealed, by how its name ends (RFC 5288, 6655, 7905, 5246). */
const CIPHERS: readonly (readonly [ending: string, suite: AeadSuite | CbcSuite])[] = [
  ['_AES_128_GCM_SHA256', AEAD.aes128Gcm],
  ['_AES_256_GCM_SHA384', AEAD.aes256Gcm],
  ['_CHACHA20_POLY1305_SHA256', AEAD.chacha20],
  ['_AES_128_CCM', AEAD.aes128Ccm],
  ['_AES_256_CCM', AEAD.aes256Ccm],
  ['_AES_128_CCM_SHA256', AEAD.aes128Ccm],
  ['_AES_128_CCM_8', AEAD.aes128Ccm8],
  ['_AES_256_CCM_8', AEAD.aes256Ccm8],
  ['_AES_128_CCM_8_SHA256', AEAD.aes128Ccm8],
  ['_AES_128_CBC_SHA', { cipher: 'aes-128-cbc', keyBytes: 16, mac: 'sha1', macBytes: 20 }],
  ['_AES_256_CBC_SHA', { cipher: 'aes-256-cbc', keyBytes: 32, mac: 'sha1', macBytes: 20 }],
  ['_AES_128_CBC_SHA256', { cipher: 'aes-128-cbc', keyBytes: 16, mac: 'sha256', macBytes: 32 }],
  ['_AES_256_CBC_SHA256', { cipher: 'aes-256-cbc', keyBytes: 32, mac: 'sha256', macBytes: 32 }],
  ['_AES_256_CBC_SHA384', { cipher: 'aes-256-cbc', keyBytes: 32, mac: 'sha384', macBytes: 48 }],
]

/** What is known of a connection up to TLS 1.2 when both hellos were seen. */
export interface Tls12Keys {
  readonly cipher: number
  readonly master: Buffer
  readonly clientRandom: Buffer
  readonly serverRandom: Buffer
}

const EXPLICIT_NONCE_BYTES = 8
const SALT_BYTES = 4
const NONCE_BYTES = 12

/** What opens the records of the client and of the server; undefined for cipher suites that are not known here. */
export function tls12Openers(
  keys: Tls12Keys,
): { readonly client: RecordOpener; readonly server: RecordOpener } | undefined {
  const name = cipherSuiteName(keys.cipher)
  const suite = CIPHERS.find(([ending]) => name.endsWith(ending))?.[1]
  if (suite === undefined) return undefined
  const [macBytes, ivBytes] =
    'mac' in suite ? [suite.macBytes, 0] : [0, hasExplicitNonce(suite) ? SALT_BYTES : NONCE_BYTES]
  const block = keyBlock(name.endsWith('SHA384') ? 'sha384' : 'sha256', keys, 2 * (macBytes + suite.keyBytes + ivBytes))
  let at = 0
  const take = (bytes: number): Buffer => block.subarray(at, (at += bytes))
  // The order of RFC 5246 section 6.3.
  const macs = [take(macBytes), take(macBytes)]
  const cipherKeys = [take(suite.keyBytes), take(suite.keyBytes)]
  const ivs = [take(ivBytes), take(ivBytes)]
  const [client, server] = [0, 1].map((side) =>
    'mac' in suite
      ? new CbcOpener(suite, cipherKeys[side], macs[side])
      : new Tls12AeadOpener(suite, cipherKeys[side], ivs[side]),
  )
  return { client, server }
}

function hasExplicitNonce({ cipher }: AeadSuite): boolean {
  return cipher !== 'chacha20-poly1305'
}

/** Opens records of TLS 1.2 whose cipher authenticates them (RFC 5246 section 6.2.3.3). */
class Tls12AeadOpener implements RecordOpener {
  readonly #suite: AeadSuite
  readonly #key: Buffer
  readonly #iv: Buffer
  #sequence = 0

  constructor(suite: AeadSuite, key: Buffer, iv: Buffer) {
    this.#suite = suite
    this.#key = key
    this.#iv = iv
  }

  open({ type, version, contents }: SealedRecord): OpenedRecord | undefined {
    const isExplicit = hasExplicitNonce(this.#suite)
    const sealed = isExplicit ? contents.subarray(EXPLICIT_NONCE_BYTES) : contents
    const plainBytes = sealed.length - this.#suite.tagBytes
    if (plainBytes < 0) return undefined
    const nonce = isExplicit
      ? Buffer.concat([this.#iv, contents.subarray(0, EXPLICIT_NONCE_BYTES)])
      : nonceOf(this.#iv, this.#sequence)
    const opened = openAead(
      this.#suite,
      this.#key,
      nonce,
      sealed,
      recordHead(this.#sequence, type, version, plainBytes),
    )
    if (opened === undefined) return undefined
    this.#sequence++
    return { type, contents: opened }
  }

  skip(): void {
    this.#sequence++
  }
}

/** The key block: PRF(master secret, "key expansion", randoms) (RFC 5246 sections 5 and 6.3). */
function keyBlock(hash: 'sha256' | 'sha384', { master, clientRandom, serverRandom }: Tls12Keys, bytes: number): Buffer {
  const seed = Buffer.concat([Buffer.from('key expansion'), serverRandom, clientRandom])
  const parts: Buffer[] = []
  let link: Buffer = seed
  for (let length = 0; length < bytes; length += parts.at(-1)!.length) {
    link = createHmac(hash, master).update(link).digest()
    parts.push(createHmac(hash, master).update(link).update(seed).digest())
  }
  return Buffer.concat(parts)
}
