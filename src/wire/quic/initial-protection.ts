import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto'
import { expandLabel } from '../tls/decryption/expand-label.ts'
import type { QuicLongHeader } from './header.ts'
import { quicVersion } from './version.ts'

/** Keys of one side's Initial packets. They are made of what is on the wire: everybody can read these packets. */
export interface InitialKeys {
  readonly key: Buffer
  readonly iv: Buffer
  readonly headerProtection: Buffer
}

const SAMPLE_OFFSET = 4
const BLOCK_BYTES = 16
const TAG_BYTES = 16

/**
 * Keys of Initial packets (RFC 9001 section 5.2, RFC 9369 section 3.3), from the destination connection id of the client's
 * first Initial. Undefined for a version that is not known here.
 */
export function initialKeys(
  version: number,
  destinationId: Uint8Array,
  side: 'client' | 'server',
): InitialKeys | undefined {
  const known = quicVersion(version)
  if (known === undefined) return undefined
  const initial = createHmac('sha256', known.salt).update(destinationId).digest()
  const secret = expandLabel('sha256', initial, side === 'client' ? 'client in' : 'server in', 32)
  return {
    key: expandLabel('sha256', secret, `${known.label} key`, 16),
    iv: expandLabel('sha256', secret, `${known.label} iv`, 12),
    headerProtection: expandLabel('sha256', secret, `${known.label} hp`, 16),
  }
}

/**
 * The contents of an Initial packet (RFC 9001 sections 5.3 and 5.4): its frames. Undefined when the keys are not the right
 * ones or the packet was changed.
 */
export function openInitial(bytes: Buffer, header: QuicLongHeader, keys: InitialKeys): Buffer | undefined {
  const { start, packetNumberAt, end } = header
  const sampleAt = packetNumberAt + SAMPLE_OFFSET
  if (packetNumberAt < 0 || sampleAt + BLOCK_BYTES > end) return undefined
  const mask = headerMask(keys, bytes.subarray(sampleAt, sampleAt + BLOCK_BYTES))
  const numberBytes = ((bytes[start] ^ mask[0]) & 3) + 1
  const contentsAt = packetNumberAt + numberBytes
  if (contentsAt + TAG_BYTES > end) return undefined
  const plainHeader = Buffer.from(bytes.subarray(start, contentsAt))
  plainHeader[0] ^= mask[0] & 0x0f
  const nonce = Buffer.from(keys.iv)
  for (let index = 0; index < numberBytes; index++) {
    const at = packetNumberAt - start + index
    plainHeader[at] ^= mask[1 + index]
    nonce[nonce.length - numberBytes + index] ^= plainHeader[at]
  }
  const decipher = createDecipheriv('aes-128-gcm', keys.key, nonce)
  decipher.setAAD(plainHeader)
  decipher.setAuthTag(bytes.subarray(end - TAG_BYTES, end))
  const contents = decipher.update(bytes.subarray(contentsAt, end - TAG_BYTES))
  try {
    decipher.final()
  } catch {
    // The tag does not fit: that is how AES-GCM says that key or packet are other ones.
    return undefined
  }
  return contents
}

/** The mask of header protection with AES (RFC 9001 section 5.4.3) for a sample of 16 bytes. */
export function headerMask(keys: InitialKeys, sample: Buffer): Buffer {
  return createCipheriv('aes-128-ecb', keys.headerProtection, null).update(sample)
}
