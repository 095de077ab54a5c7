import {
  type CipherCCMTypes,
  type CipherChaCha20Poly1305Types,
  type CipherGCMTypes,
  createDecipheriv,
} from 'node:crypto'

/** An authenticated cipher as TLS uses it. */
export interface AeadSuite {
  readonly cipher: CipherGCMTypes | CipherCCMTypes | CipherChaCha20Poly1305Types
  readonly keyBytes: number
  readonly tagBytes: number
}

const GCM_TAG_BYTES = 16

export const AEAD = {
  aes128Gcm: { cipher: 'aes-128-gcm', keyBytes: 16, tagBytes: GCM_TAG_BYTES },
  aes256Gcm: { cipher: 'aes-256-gcm', keyBytes: 32, tagBytes: GCM_TAG_BYTES },
  aes128Ccm: { cipher: 'aes-128-ccm', keyBytes: 16, tagBytes: 16 },
  aes256Ccm: { cipher: 'aes-256-ccm', keyBytes: 32, tagBytes: 16 },
  aes128Ccm8: { cipher: 'aes-128-ccm', keyBytes: 16, tagBytes: 8 },
  aes256Ccm8: { cipher: 'aes-256-ccm', keyBytes: 32, tagBytes: 8 },
  chacha20: { cipher: 'chacha20-poly1305', keyBytes: 32, tagBytes: 16 },
} as const satisfies Readonly<Record<string, AeadSuite>>

/** Opens what was sealed, its tag at the end; undefined when key, nonce or additional data are others. */
export function openAead(
  { cipher, tagBytes }: AeadSuite,
  key: Buffer,
  nonce: Buffer,
  sealed: Buffer,
  additional: Buffer,
): Buffer | undefined {
  const plaintextLength = sealed.length - tagBytes
  if (plaintextLength < 0) return undefined
  // The three families have types of their own, and take the same options.
  const decipher = createDecipheriv(cipher as CipherCCMTypes, key, nonce, { authTagLength: tagBytes })
  decipher.setAAD(additional, { plaintextLength })
  decipher.setAuthTag(sealed.subarray(plaintextLength))
  try {
    return Buffer.concat([decipher.update(sealed.subarray(0, plaintextLength)), decipher.final()])
  } catch {
    return undefined
  }
}
