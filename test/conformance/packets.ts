import type { FieldValue } from '#fields'
import { LINK_TYPE, parseIp, PcapWriter } from '#wire'
import { ethernet, ipv4, ipv6, tcp, TCP_FLAG } from '../../src/wire/packet/testing/index.ts'

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
  const pieces: Buffer[] = []
  const writer = new PcapWriter((bytes) => pieces.push(bytes), { linkType: LINK_TYPE.ethernet, snapBytes: 0 })
  for (const [index, each] of packets.entries()) {
    const bytes = frame(each)
    const time = { seconds: 1_700_000_000 + index, nanoseconds: 0 }
    writer.packet({ bytes, start: 0, end: bytes.length, originalBytes: bytes.length, ...time })
  }
  writer.end()
  return Buffer.concat(pieces)
}

function frame({ source, target, sourcePort, targetPort, lines }: Packet): Buffer {
  const payload = lines.length === 0 ? '' : `${lines.join('\r\n')}\r\n\r\n`
  const segment = tcp({
    sourcePort,
    destinationPort: targetPort,
    sequence: 1_000,
    flags: TCP_FLAG.psh + TCP_FLAG.ack,
    payload,
  })
  const header = { source, destination: target }
  return ethernet((source.includes(':') ? ipv6 : ipv4)(header, segment))
}
