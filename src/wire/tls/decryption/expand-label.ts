import { createHmac } from 'node:crypto'

/** HKDF-Expand-Label without context (RFC 8446 section 7.1), for at most as many bytes as the hash has. */
export function expandLabel(hash: 'sha256' | 'sha384', secret: Buffer, label: string, length: number): Buffer {
  const name = `tls13 ${label}`
  const info = Buffer.from([0, length, name.length, ...Buffer.from(name), 0, 1])
  return createHmac(hash, secret).update(info).digest().subarray(0, length)
}
