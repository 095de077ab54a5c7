import { type ClientHello, ja4, readClientHello } from '#wire'
import type { Step } from './opening.ts'

/** What is known of a client before its handshake. */
export interface HelloFacts {
  readonly sni: string | undefined
  readonly ja4: string
  readonly offersHttp2: boolean
}

const HTTP_ON_TLS_BODY = 'This port speaks TLS: use https:// instead of http://.\n'
/** Answer to a browser that was sent to the right port with the wrong scheme. */
export const HTTP_ON_TLS_ANSWER =
  'HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\nconnection: close\r\n' +
  `content-length: ${HTTP_ON_TLS_BODY.length}\r\n\r\n${HTTP_ON_TLS_BODY}`

const UPPERCASE_A = 0x41
const UPPERCASE_Z = 0x5a

/** Reads the ClientHello and leaves it in place for the TLS library. */
export function helloStep(bytes: Buffer): Step<HelloFacts> {
  if (bytes[0] >= UPPERCASE_A && bytes[0] <= UPPERCASE_Z) {
    const detail = 'plain HTTP on a TLS port'
    return { state: 'refused', fault: 'plain-http-on-tls-port', detail }
  }
  const result = readClientHello(bytes)
  if (result.state === 'incomplete') return result
  if (result.state === 'malformed') return { state: 'refused', fault: 'tls-hello-malformed', detail: result.detail }
  return { state: 'complete', value: helloFacts(result.hello), usedBytes: 0 }
}

function helloFacts(hello: ClientHello): HelloFacts {
  return { sni: hello.serverName, ja4: ja4(hello), offersHttp2: hello.alpn.includes('h2') }
}

/** TLS alerts and library reasons that tell an operator what to change, in words. */
const HANDSHAKE_REASONS: Readonly<Record<string, string>> = {
  ERR_SSL_NO_SHARED_CIPHER: 'client and listener share no cipher suite',
  ERR_SSL_NO_SUITABLE_SIGNATURE_ALGORITHM: 'the client accepts no signature that the certificate can make',
  ERR_SSL_UNSUPPORTED_PROTOCOL: "the client offers only versions below the listener's minimum",
  ERR_SSL_VERSION_TOO_LOW: "the client offers only versions below the listener's minimum",
  ERR_SSL_NO_APPLICATION_PROTOCOL: 'the client offers neither h2 nor http/1.1 (ALPN)',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: 'the client does not trust the issuer of the certificate',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: 'the client refused the certificate',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: 'the client refused the certificate: expired',
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: 'the client refused the certificate',
  ECONNRESET: 'the client closed the connection during the handshake',
  EPIPE: 'the client closed the connection during the handshake',
}

/** One sentence about a failed handshake. */
export function handshakeReason(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return HANDSHAKE_REASONS[code] ?? `the TLS handshake failed: ${error.message}`
}
