import { parseIp, toUint128 } from '#wire'
import type { FieldValue } from '#fields'

/** A TCP segment with at most one HTTP message, and the fields that the language reads from it. */
export interface Packet {
  readonly source: string
  readonly target: string
  readonly sourcePort: number
  readonly targetPort: number
  readonly lines: readonly string[]
  readonly fields: Readonly<Record<string, FieldValue>>
}

/** A request as Wireshark shows it: method, path and headers. */
export function request(
  addresses: readonly [string, string],
  ports: readonly [number, number],
  method: string,
  uri: string,
  headers: Readonly<Record<string, string>>,
): Packet {
  const [path, query = ''] = uri.split('?')
  const names: Readonly<Record<string, string>> = {
    Host: 'http.host',
    'User-Agent': 'http.user_agent',
    Referer: 'http.referer',
  }
  const facts = Object.entries(headers).map(([name, value]) => [names[name] ?? 'http.cookie', value] as const)
  return packet(
    addresses,
    ports,
    [`${method} ${uri} HTTP/1.1`, ...Object.entries(headers).map((pair) => pair.join(': '))],
    {
      'http.request.method': method,
      'http.request.uri': uri,
      'http.request.uri.path': path,
      'http.request.uri.query': query,
      ...Object.fromEntries(facts),
    },
  )
}

/** A segment with the given lines of HTTP, or without any. */
export function packet(
  [source, target]: readonly [string, string],
  [sourcePort, targetPort]: readonly [number, number],
  lines: readonly string[] = [],
  facts: Readonly<Record<string, FieldValue>> = {},
): Packet {
  const fields = {
    'ip.src': parseIp(source)!,
    'ip.dst': parseIp(target)!,
    'tcp.srcport': sourcePort,
    'tcp.dstport': targetPort,
    ...facts,
  }
  return { source, target, sourcePort, targetPort, lines, fields }
}

/** A capture file (pcap, Ethernet) of the packets, one a second. */
export function captureFile(packets: readonly Packet[]): Buffer {
  const header = Buffer.alloc(24)
  header.writeUInt32LE(0xa1b2c3d4, 0)
  header.writeUInt16LE(2, 4)
  header.writeUInt16LE(4, 6)
  header.writeUInt32LE(65_535, 16)
  header.writeUInt32LE(1, 20)
  return Buffer.concat([header, ...packets.map(record)])
}

function record(each: Packet, index: number): Buffer {
  const frame = ethernet(each)
  const header = Buffer.alloc(16)
  header.writeUInt32LE(1_700_000_000 + index, 0)
  header.writeUInt32LE(frame.length, 8)
  header.writeUInt32LE(frame.length, 12)
  return Buffer.concat([header, frame])
}

function ethernet(each: Packet): Buffer {
  const isIpv4 = typeof parseIp(each.source) === 'number'
  const header = Buffer.alloc(14)
  header[5] = 2
  header[11] = 1
  header.writeUInt16BE(isIpv4 ? 0x0800 : 0x86dd, 12)
  const body = segment(each)
  return Buffer.concat([header, (isIpv4 ? ipv4Header : ipv6Header)(each, body.length), body])
}

function ipv4Header(each: Packet, bodyBytes: number): Buffer {
  const header = Buffer.alloc(20)
  header[0] = 0x45
  header.writeUInt16BE(20 + bodyBytes, 2)
  header[8] = 64
  header[9] = 6
  header.writeUInt32BE(Number(parseIp(each.source)), 12)
  header.writeUInt32BE(Number(parseIp(each.target)), 16)
  return header
}

function ipv6Header(each: Packet, bodyBytes: number): Buffer {
  const header = Buffer.alloc(8)
  header[0] = 0x60
  header.writeUInt16BE(bodyBytes, 4)
  header[6] = 6
  header[7] = 64
  const addresses = [each.source, each.target].map((text) => toUint128(parseIp(text)!).toString(16).padStart(32, '0'))
  return Buffer.concat([header, Buffer.from(addresses.join(''), 'hex')])
}

function segment(each: Packet): Buffer {
  const header = Buffer.alloc(20)
  header.writeUInt16BE(each.sourcePort, 0)
  header.writeUInt16BE(each.targetPort, 2)
  header.writeUInt32BE(1_000, 4)
  header[12] = 0x50
  header[13] = 0x18
  header.writeUInt16BE(8_192, 14)
  const text = each.lines.length === 0 ? '' : `${each.lines.join('\r\n')}\r\n\r\n`
  return Buffer.concat([header, Buffer.from(text, 'latin1')])
}
