import type { DialTarget } from './dial.ts'

/** Which step of reaching an origin failed. */
export type DialFailureKind = 'dns' | 'refused' | 'timeout' | 'unreachable' | 'reset' | 'tls' | 'other'

export interface DialFailure {
  readonly kind: DialFailureKind
  /** One sentence that names the origin and the reason in words. */
  readonly detail: string
}

const NETWORK_CODES: Readonly<Record<string, readonly [kind: DialFailureKind, words: string]>> = {
  ENOTFOUND: ['dns', 'has no address: the name does not exist'],
  EAI_AGAIN: ['dns', 'has no address: the resolver did not answer'],
  ENODATA: ['dns', 'has no address of a usable family'],
  ECONNREFUSED: ['refused', 'refused the connection: nothing listens there'],
  ETIMEDOUT: ['timeout', 'did not answer'],
  ERR_SOCKET_CONNECTION_TIMEOUT: ['timeout', 'did not answer'],
  EHOSTUNREACH: ['unreachable', 'cannot be reached: no route to the host'],
  ENETUNREACH: ['unreachable', 'cannot be reached: no route to the network'],
  EADDRNOTAVAIL: ['unreachable', 'cannot be reached: no free local address or port'],
  ECONNRESET: ['reset', 'closed the connection before it was ready'],
  EPIPE: ['reset', 'closed the connection before it was ready'],
}

const CERTIFICATE_CODES: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed; name it in `ca` of the origin to trust it',
  SELF_SIGNED_CERT_IN_CHAIN:
    'its chain ends in an authority that is not trusted; name that authority in `ca` of the origin',
  UNABLE_TO_GET_ISSUER_CERT: 'an issuer in its chain is missing',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its issuer is not trusted; name that authority in `ca` of the origin',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'its issuer is unknown: it sends an incomplete chain, or name the authority in `ca` of the origin',
  CERT_SIGNATURE_FAILURE: 'a signature in its chain is wrong',
  CERT_REVOKED: 'its certificate was revoked',
  CERT_UNTRUSTED: 'its certificate is not trusted',
  INVALID_PURPOSE: 'its certificate is not meant for servers',
  INVALID_CA: 'an issuer in its chain is not an authority',
  PATH_LENGTH_EXCEEDED: 'its chain is longer than an issuer allows',
  CERT_CHAIN_TOO_LONG: 'its chain is too long',
}

/** Puts the error of a connection attempt into a kind and words. */
export function describeDialFailure(error: Error, target: DialTarget): DialFailure {
  const where = `${target.host}:${target.port}`
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const network = NETWORK_CODES[code]
  if (network !== undefined) return { kind: network[0], detail: `${where} ${network[1]}` }
  const certificate = CERTIFICATE_CODES[code]
  if (certificate !== undefined) return { kind: 'tls', detail: `${where} failed verification: ${certificate}` }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const name = target.serverName ?? target.host
    const names = 'reason' in error && typeof error.reason === 'string' ? ` (${error.reason})` : ''
    return { kind: 'tls', detail: `${where} failed verification: its certificate is not for ${name}${names}` }
  }
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG') {
    return { kind: 'tls', detail: `${where} does not speak TLS on this port` }
  }
  if (code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_') || code === 'EPROTO') {
    return { kind: 'tls', detail: `${where} failed the TLS handshake: ${error.message}` }
  }
  return { kind: 'other', detail: `${where} cannot be reached: ${error.message}` }
}
