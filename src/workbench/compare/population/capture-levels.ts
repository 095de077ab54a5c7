import { CAPTURE_READERS } from '#detect'
import type { PointName } from '#fields'
import type { Packet } from '#wire'
import type { CompareKind, RowLevel } from '../report.ts'

/** What of a capture can be compared: all packets, or those in which a message begins. */
export interface CaptureLevel {
  readonly name: RowLevel
  readonly kind: CompareKind
  /** The point that decides about such messages; undefined for packets. */
  readonly point: PointName | undefined
  /** Fields that are shown even though no point reads them. */
  readonly shown: RegExp
  /** Marks flows that carry such messages. */
  readonly bit: number
  holds(packet: Packet): boolean
}

const { read } = CAPTURE_READERS
const method = read['http.request.method']
const hello = read['tls.ja4']
const name = read['dns.qname']
const isResponse = read['dns.flags.response']

/** Of a head that goes on in another packet, or never ends, neither the fields nor their order are known. */
function isWholeHead({ bytes, payloadStart, payloadEnd }: Packet): boolean {
  const payload = bytes.subarray(payloadStart, payloadEnd)
  return payload.includes('\n\r\n') || payload.includes('\n\n')
}

export const PACKETS: CaptureLevel = {
  name: 'packets',
  kind: 'packet',
  point: undefined,
  shown: /^/,
  bit: 0,
  holds: () => true,
}

/** Messages say more about who sent them than the packets that carry them. */
export const MESSAGE_LEVELS: readonly CaptureLevel[] = [
  {
    name: 'requests',
    kind: 'http',
    point: 'http-edge',
    shown: /^http\./,
    bit: 1,
    holds: (packet) => method(packet) !== undefined && isWholeHead(packet),
  },
  {
    name: 'TLS handshakes',
    kind: 'http',
    point: 'http-edge',
    shown: /^(?:tls|quic)\./,
    bit: 2,
    holds: (packet) => hello(packet) !== undefined,
  },
  {
    name: 'DNS queries',
    kind: 'dns',
    point: 'dns',
    shown: /^dns\./,
    bit: 4,
    holds: (packet) => name(packet) !== undefined && isResponse(packet) === false,
  },
]
