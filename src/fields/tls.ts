import type { Field } from './field.ts'

const CONNECTION_POINTS = ['http-edge', 'gateway', 'access', 'l4-proxy'] as const
const POINTS = [...CONNECTION_POINTS, 'capture'] as const
const CAPTURE_POINTS = ['capture'] as const

/** What the TLS handshake between client and Tidegate showed; in a capture, what the packet at hand shows of one. */
export const TLS_FIELDS: readonly Field[] = [
  {
    name: 'ssl',
    type: 'Bool',
    help: 'True when the client connection is encrypted; in a capture, when a TLS record begins in the packet.',
    example: 'ssl',
    points: POINTS,
    column: true,
  },
  {
    name: 'tls.version',
    type: 'String',
    help: 'Negotiated protocol version: "TLSv1.2" or "TLSv1.3"; in a capture of the ServerHello.',
    example: '"TLSv1.3"',
    points: POINTS,
    column: true,
  },
  {
    name: 'tls.cipher',
    type: 'String',
    help: 'Negotiated cipher suite by its IANA name; in a capture of the ServerHello.',
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
    help: 'Negotiated application protocol; in a capture, of a ClientHello the first that it offers.',
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
    points: CONNECTION_POINTS,
    column: true,
    unit: 'milliseconds',
  },
  {
    name: 'tls.ja3',
    type: 'String',
    help: 'JA3 fingerprint of the ClientHello. Clients that shuffle their extensions have a new one each time: prefer tls.ja4.',
    example: '"0149f47eabf9a20d0893e2a44e5a6323"',
    points: CAPTURE_POINTS,
    targets: { displayFilter: 'tls.handshake.ja3' },
  },
  {
    name: 'tls.handshake.type',
    type: 'Int',
    help: 'The first TLS handshake message that begins in the packet: 1 ClientHello, 2 ServerHello, 11 Certificate ...',
    example: '1',
    points: CAPTURE_POINTS,
    targets: { displayFilter: 'tls.handshake.type' },
  },
  {
    name: 'tls.alert.level',
    type: 'Int',
    help: 'Level of the TLS alert in the packet: 1 warning, 2 fatal; absent when it is encrypted.',
    example: '2',
    points: CAPTURE_POINTS,
    targets: { displayFilter: 'tls.alert_message.level' },
  },
  {
    name: 'tls.alert.description',
    type: 'Int',
    help: 'What the TLS alert in the packet says: 40 handshake_failure, 48 unknown_ca ...; absent when it is encrypted.',
    example: '48',
    points: CAPTURE_POINTS,
    targets: { displayFilter: 'tls.alert_message.desc' },
  },
  {
    name: 'quic.version',
    type: 'Int',
    help: 'Version in the long header of a QUIC packet: 1, 0x6b3343cf for version 2, 0 for version negotiation.',
    example: '1',
    points: CAPTURE_POINTS,
    targets: { displayFilter: 'quic.version' },
  },
]
