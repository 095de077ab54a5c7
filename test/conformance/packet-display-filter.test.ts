import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import test from 'node:test'
import { promisify } from 'node:util'
import { PACKET_READERS } from '#detect'
import { FIELD_BY_NAME } from '#fields'
import { compileDisplayFilter, compilePredicate, parseExpression } from '#rules'
import { LINK_TYPE, Packet, PcapWriter } from '#wire'
import { ethernet } from '../../src/wire/packet/testing/index.ts'
import { skipWithout } from '../debian-tools.ts'
import { randomIpPacket } from './packets/random-frame.ts'
import { Random } from './random.ts'

const FRAMES = 600

const EXPRESSIONS: readonly string[] = [
  'ip.version == 6 and tcp.dstport == 443',
  'ip.ttl < 100',
  'ip.ttl != 5 and not ip.ttl in {0..200 250}',
  'ip.ttl > 300 or ip.ttl == -1 or ip.ttl & 0x80',
  'ip.len > 100',
  'ip.len in {40..60 100..120} or ip.len < 30',
  'ip.len >= 40 and ip.len < 65600 and ip.len != 64',
  'ip.dsfield & 3 and ip.dsfield.dscp > 20 and ip.dsfield.ecn == 1',
  'ip.hdr_len > 20 or ip.id < 10000 and ip.flags.df',
  'ip.flags.mf and not ip.flags.df',
  'ipv6.flow > 0x80000 or ipv6.nxt in {0 43 44 60}',
  'ipv6.hlim < 10 or ipv6.plen > 90 or ipv6.tclass & 0xe0',
  'tcp.flags.syn and not tcp.flags.ack',
  'tcp.flags & 0x12 and tcp.flags != 0x10',
  'tcp.flags.reset or tcp.flags.fin or tcp.flags.push or tcp.flags.urg or tcp.flags.ece or tcp.flags.cwr',
  'tcp.seq > 0x80000000 and tcp.ack < 0x80000000',
  'tcp.window < 1000 or tcp.window >= 65000 and tcp.window != 70000',
  'tcp.hdr_len > 20 and tcp.len == 0 and not tcp.urgent_pointer == 0',
  'tcp.options.mss < 20000 or tcp.options.wscale > 7',
  'tcp.options.timestamp.tsval > 0x70000000 or tcp.options.timestamp.tsecr < 0x10000000',
  'udp.srcport in {53 80..443} and not udp.dstport == 53 or udp.length == 9',
  'icmp.type == 8 or icmpv6.type in {128 129} or icmp.code > 0 or icmpv6.code == 1',
  'sctp.srcport == 53 or sctp.dstport != 53',
  'eth.type == 0x86dd or eth.type == 0x8100 and vlan.id < 2000 and vlan.priority in {0..4}',
  'frame.len == 60 or frame.number in {3..9} or frame.cap_len > 150',
]

const run = promisify(execFile)

/** Frames in which each field stands once, since Wireshark asks all occurrences; of first fragments it gives no length. */
function plainFrames(): Buffer[] {
  const random = new Random(7)
  const packet = new Packet('deep')
  const frames: Buffer[] = []
  while (frames.length < FRAMES) {
    const frame = ethernet(randomIpPacket(random), { vlans: random.list(1, () => random.below(65_536)) })
    packet.read(frame, 0, frame.length, LINK_TYPE.ethernet)
    if (packet.tunnelDepth === 0 && packet.quotedStart < 0 && packet.fragment !== 1) frames.push(frame)
  }
  return frames
}

function captureOf(frames: readonly Buffer[]): Buffer {
  const pieces: Buffer[] = []
  const writer = new PcapWriter((bytes) => pieces.push(bytes), { linkType: LINK_TYPE.ethernet, snapBytes: 0 })
  for (const [seconds, bytes] of frames.entries()) {
    writer.packet({ bytes, start: 0, end: bytes.length, originalBytes: bytes.length, seconds, nanoseconds: 0 })
  }
  writer.end()
  return Buffer.concat(pieces)
}

async function selectedByWireshark(file: string, filter: string): Promise<readonly number[]> {
  const preferences = [
    '-o',
    'ip.defragment:FALSE',
    '-o',
    'ipv6.defragment:FALSE',
    '-o',
    'tcp.relative_sequence_numbers:FALSE',
  ]
  const format = ['-T', 'fields', '-e', 'frame.number', '-Y', filter]
  const { stdout } = await run('tshark', ['-n', '-r', file, ...preferences, ...format])
  return stdout.split('\n').filter(Boolean).map(Number)
}

function selectedByUs(frames: readonly Buffer[], predicate: (packet: Packet) => boolean): number[] {
  const packet = new Packet('deep')
  const selected: number[] = []
  for (const [index, frame] of frames.entries()) {
    packet.frameNumber = index + 1
    packet.read(frame, 0, frame.length, LINK_TYPE.ethernet)
    if (predicate(packet)) selected.push(index + 1)
  }
  return selected
}

test(
  'a display filter over packet fields selects what the expression selects',
  { skip: skipWithout('tshark') },
  async () => {
    const frames = plainFrames()
    const folder = mkdtempSync(path.join(os.tmpdir(), 'tidegate-filter-'))
    try {
      const file = path.join(folder, 'frames.pcap')
      writeFileSync(file, captureOf(frames))
      for (const text of EXPRESSIONS) {
        const parsed = parseExpression(text, { fields: FIELD_BY_NAME })
        if (!parsed.ok) assert.fail(`${text}: ${parsed.error.message}`)
        const filter = compileDisplayFilter(parsed.expression)
        if (!filter.ok) assert.fail(`${text}: ${filter.reason}`)
        const predicate = compilePredicate<Packet>(parsed.expression, { readers: PACKET_READERS, lists: new Map() })
        const ours = selectedByUs(frames, predicate)
        assert.deepEqual(await selectedByWireshark(file, filter.text), ours, `${text}\nbecame ${filter.text}`)
        assert.ok(ours.length > 0 && ours.length < FRAMES, `${text} tells nothing apart`)
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
)

test('what has two names in Wireshark is compared with literals only', () => {
  for (const text of ['ip.ttl == ip.len', 'ip.len & 1', 'ip.ttl == tcp.hdr_len']) {
    const parsed = parseExpression(text, { fields: FIELD_BY_NAME })
    if (!parsed.ok) assert.fail(`${text}: ${parsed.error.message}`)
    const filter = compileDisplayFilter(parsed.expression)
    assert.match(filter.ok ? filter.text : filter.reason, /two names/, text)
  }
})
