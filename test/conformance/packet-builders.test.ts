import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import test from 'node:test'
import { promisify } from 'node:util'
import { LINK_TYPE, PcapWriter } from '#wire'
import {
  dnsAnswer,
  dnsQuery,
  ethernet,
  icmp,
  icmpv6,
  ipv4,
  ipv6,
  optionsExtension,
  RECORD_TYPE,
  type Segment,
  synOptions,
  tcp,
  udp,
} from '../../src/wire/packet/testing/index.ts'
import { skipWithout } from '../debian-tools.ts'

const V4 = { source: '192.0.2.1', destination: '198.51.100.2' } as const
const V6 = { source: '2001:db8::1', destination: '2001:db8::2' } as const
const QUESTION = dnsQuery(7, 'shop.test', RECORD_TYPE.a)
const ANSWER = dnsAnswer(7, 'shop.test', RECORD_TYPE.a, [Buffer.from([192, 0, 2, 9])])

/** Each with what Wireshark shows of it: states of the checksums of TCP and UDP (1 is good), name and address in DNS. */
const SEGMENTS: readonly (readonly [segment: Segment, shown: string])[] = [
  [tcp({ sourcePort: 40_000, destinationPort: 443, flags: 2, options: synOptions() }), '|1||||||'],
  [tcp({ sourcePort: 40_000, destinationPort: 443, payload: 'odd' }), '|1||||||'],
  [udp({ sourcePort: 40_000, destinationPort: 53, payload: QUESTION }), '||1|||shop.test||'],
  [udp({ sourcePort: 53, destinationPort: 40_000, payload: ANSWER }), '||1|||shop.test|192.0.2.9|'],
]

const run = promisify(execFile)

function captureOf(packets: readonly Buffer[]): Buffer {
  const pieces: Buffer[] = []
  const writer = new PcapWriter((bytes) => pieces.push(bytes), { linkType: LINK_TYPE.ethernet, snapBytes: 0 })
  for (const [seconds, packet] of packets.entries()) {
    const bytes = ethernet(packet)
    writer.packet({ bytes, start: 0, end: bytes.length, originalBytes: bytes.length, seconds, nanoseconds: 0 })
  }
  writer.end()
  return Buffer.concat(pieces)
}

async function shownByWireshark(file: string): Promise<string[]> {
  const checks = ['ip', 'tcp', 'udp'].flatMap((name) => ['-o', `${name}.check_checksum:TRUE`])
  const names = ['ip', 'tcp', 'udp', 'icmp', 'icmpv6'].map((name) => `${name}.checksum.status`)
  const wanted = [...names, 'dns.qry.name', 'dns.a', '_ws.malformed'].flatMap((name) => ['-e', name])
  const { stdout } = await run('tshark', ['-n', '-r', file, ...checks, '-T', 'fields', '-E', 'separator=|', ...wanted])
  return stdout.split('\n').slice(0, -1)
}

test('frames that we build have right checksums and contents', { skip: skipWithout('tshark') }, async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'tidegate-built-'))
  try {
    const file = path.join(folder, 'built.pcap')
    const extensions = [optionsExtension(0)]
    const packets = [
      ...SEGMENTS.map(([segment]) => ipv4({ ...V4, options: Buffer.from('94040000', 'hex') }, segment)),
      ...SEGMENTS.map(([segment]) => ipv6({ ...V6, extensions }, segment)),
      ipv4(V4, icmp({ type: 8, rest: 0x0001_0002, payload: 'ping' })),
      ipv6(V6, icmpv6({ type: 128, rest: 0x0001_0002, payload: 'ping' })),
    ]
    writeFileSync(file, captureOf(packets))
    const transports = SEGMENTS.map(([, shown]) => shown)
    assert.deepEqual(await shownByWireshark(file), [
      ...transports.map((line) => `1${line}`),
      ...transports,
      '1|||1||||',
      '||||1|||',
    ])
  } finally {
    rmSync(folder, { recursive: true })
  }
})
