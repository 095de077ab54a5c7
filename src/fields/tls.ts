import type { Field } from './field.ts'

const POINTS = ['http-edge', 'gateway', 'access', 'l4-proxy'] as const

/** What the TLS handshake between client and Tidegate showed. */
export const TLS_FIELDS: readonly Field[] = [
  {
    name: 'ssl',
    type: 'Bool',
    help: 'True when the client connection is encrypted.',
    example: 'ssl',
    points: POINTS,
    column: true,
  },
  {
    name: 'tls.version',
    type: 'String',
    help: 'Negotiated protocol version: "TLSv1.2" or "TLSv1.3".',
    example: '"TLSv1.3"',
    points: POINTS,
    column: true,
  },
  {
    name: 'tls.cipher',
    type: 'String',
    help: 'Negotiated cipher suite by its IANA name.',
    example: '"TLS_AES_128_GCM_SHA256"',
    points: POINTS,
    column: true,
  },
  {
    name: 'tls.sni',
    type: 'String',
    help: 'Server name that the ClientHello asked for, in lower case.',
    example: '"shop.test"',
    points: POINTS,
    column: true,
    targets: { displayFilter: 'tls.handshake.extensions_server_name' },
  },
  {
    name: 'tls.alpn',
    type: 'String',
    help: 'Negotiated application protocol.',
    example: '"h2"',
    points: POINTS,
    column: true,
  },
  {
    name: 'tls.ja4',
    type: 'String',
    help: 'JA4 fingerprint of the ClientHello.',
    example: '"t13d1516h2_8daaf6152771_02713d6af862"',
    points: POINTS,
    column: true,
    targets: { displayFilter: 'tls.handshake.ja4' },
  },
  {
    name: 'tls.handshake.duration',
    type: 'Int',
    help: 'Milliseconds from the accepted connection to the finished handshake.',
    example: '25',
    points: POINTS,
    column: true,
    unit: 'milliseconds',
  },
]
