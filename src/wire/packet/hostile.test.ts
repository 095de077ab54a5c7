import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { LINK_TYPE } from '../pcap/link-type.ts'
import { ipChecksum, transportChecksum } from './checksum.ts'
import { Packet } from './packet.ts'
import type { PacketParts, PacketView } from './packet-parts.ts'
import { readQuoted } from './quoted.ts'
import { findTcpOption, optionsEnd } from './tcp-options.ts'
import {
  ethernet,
  fragmentExtension,
  gre,
  icmp,
  ipv4,
  ipv6,
  optionsExtension,
  segment,
  synOptions,
  tcp,
  udp,
} from './testing/index.ts'

const LINK_TYPES = [...Object.values(LINK_TYPE), 147]
const V4 = { source: '192.0.2.1', destination: '192.0.2.2' } as const
const V6 = { source: '2001:db8::1', destination: '2001:db8::2' } as const
const SYN = tcp({ sourcePort: 4000, destinationPort: 443, flags: 2, options: synOptions() })
const INNER = ipv4(V4, SYN)
const SEEDS: readonly Buffer[] = [
  ethernet(INNER, { vlans: [1, 2] }),
  ethernet(
    ipv4({ ...V4, options: Buffer.alloc(12, 1) }, udp({ sourcePort: 53, destinationPort: 1, payload: 'answer' })),
  ),
  ethernet(
    ipv6({ ...V6, extensions: [optionsExtension(0), fragmentExtension(0, true), optionsExtension(60, 16)] }, SYN),
  ),
  ethernet(ipv4(V4, icmp({ type: 3, code: 4, payload: INNER }))),
  ethernet(ipv4(V4, gre({ type: 0x6558, key: 1 }, ethernet(ipv6(V6, SYN))))),
  ethernet(
    ipv4(
      V4,
      udp({
        sourcePort: 9,
        destinationPort: 4789,
        payload: Buffer.concat([Buffer.from('0800000000000100', 'hex'), ethernet(INNER)]),
      }),
    ),
  ),
  ethernet(ipv6(V6, segment(4, ipv4(V4, segment(41, ipv6(V6, SYN)))))),
  INNER,
]

/** Everything that can be asked of a packet, with offsets from the start of the frame. */
function everything(packet: Packet): Record<string, unknown> {
  const found: Record<string, unknown> = {}
  const offsets = /(?:Start|End)$/
  const scratch = new Set<keyof PacketParts>([
    'bytes',
    'nextStart',
    'nextType',
    'addresses',
    'outerStarts',
    'tunnelKinds',
  ])
  // What stands in these is of no meaning, and may be of the frame before, while there is no IP packet.
  const ofIp = new Set<keyof PacketParts>(['ipHeaderBytes', 'ipEnd', 'ipWireEnd', 'tcpHeaderBytes'])
  for (const key of Object.keys(packet) as (keyof Packet)[]) {
    const value = packet[key]
    if (scratch.has(key as keyof PacketParts) || (ofIp.has(key as keyof PacketParts) && packet.ipVersion === 0))
      continue
    if (key === 'tcpHeaderBytes' && packet.transport !== 6) continue
    found[key] = offsets.test(key) && typeof value === 'number' && value >= 0 ? value - packet.frameStart : value
  }
  const quoted = new Packet('deep')
  const readsQuoted = readQuoted(packet, quoted)
  return {
    ...found,
    outer: [...packet.outerStarts.subarray(0, packet.tunnelDepth)].map((start) => start - packet.frameStart),
    source: packet.source,
    destination: packet.destination,
    lengths: [packet.ipBytes, packet.timeToLive, packet.trafficClass, packet.routingType, packet.frameBytes],
    tcp: [packet.tcpFlags, packet.tcpSequence, packet.tcpAcknowledgement, packet.tcpWindow],
    options: [2, 3, 4, 5, 8, 34].map((kind) => findTcpOption(packet, kind, 2) - packet.transportStart),
    optionsEnd: optionsEnd(packet) - packet.transportStart,
    payload: packet.payloadStart < 0 ? undefined : packet.latin1(packet.payloadStart, packet.payloadEnd),
    checksums: [ipChecksum(packet), transportChecksum(packet)],
    quoted: readsQuoted ? [quoted.source, quoted.sourcePort, quoted.protocol, quoted.payloadBytes] : undefined,
  }
}

/** The frame between bytes that are not its own: what stands there must make no difference. */
function readBetween(frame: Buffer, filler: number, view: PacketView, linkType: number, originalBytes: number): Packet {
  const surrounded = Buffer.concat([Buffer.alloc(64, filler), frame, Buffer.alloc(200, filler)])
  const packet = new Packet(view)
  packet.read(surrounded, 64, 64 + frame.length, linkType, originalBytes)
  return packet
}

function checkFrame(frame: Buffer, view: PacketView, linkType: number, missingBytes: number): void {
  const originalBytes = frame.length + missingBytes
  const [zeros, ones] = [0x00, 0xff].map((filler) => readBetween(frame, filler, view, linkType, originalBytes))
  assert.deepEqual(everything(zeros), everything(ones))
  const { frameStart, frameEnd, payloadStart, payloadEnd, ipStart, ipEnd, transportStart } = zeros
  if (ipStart >= 0) assert.ok(ipStart >= frameStart && ipEnd <= frameEnd)
  if (zeros.transport !== 0) assert.ok(transportStart >= ipStart + 20 && transportStart < frameEnd)
  if (payloadStart >= 0 && payloadEnd > payloadStart) assert.ok(payloadStart > frameStart && payloadEnd <= ipEnd)
}

test('frames cut at each length are never read beyond their end', () => {
  for (const seed of SEEDS) {
    for (const view of ['outer', 'deep'] as const) {
      for (let length = 0; length <= seed.length; length++) {
        checkFrame(seed.subarray(0, length), view, LINK_TYPE.ethernet, 0)
        checkFrame(seed.subarray(0, length), view, LINK_TYPE.ethernet, seed.length - length)
      }
    }
  }
})

const CHANGE = fc.record({ at: fc.nat(200), value: fc.oneof(fc.constantFrom(0, 0xff, 0x7f, 0x80, 1), fc.nat(255)) })
const VIEW = fc.constantFrom<PacketView>('outer', 'deep')

test('frames with any bytes changed are never read beyond their end', () => {
  const changes = fc.array(CHANGE, { minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(fc.constantFrom(...SEEDS), changes, fc.nat(30), VIEW, fc.nat(100), (seed, list, cut, view, missing) => {
      const frame = Buffer.from(seed.subarray(0, Math.max(0, seed.length - cut)))
      for (const { at, value } of list) if (at < frame.length) frame[at] = value
      checkFrame(frame, view, LINK_TYPE.ethernet, missing)
    }),
    { numRuns: 5000 },
  )
})

test('no bytes of any link type are read beyond their end', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 120 }),
    fc.tuple(fc.uint8Array({ maxLength: 40 }), fc.constantFrom(...SEEDS)).map((parts) => Buffer.concat(parts)),
  )
  fc.assert(
    fc.property(bytes, fc.constantFrom(...LINK_TYPES), VIEW, fc.nat(70), (data, linkType, view, missing) => {
      checkFrame(Buffer.from(data), view, linkType, missing)
    }),
    { numRuns: 5000 },
  )
})
