import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import test, { after, before } from 'node:test'
import { CaptureReader, CaptureRewriter, LINK_TYPE, PcapngWriter, readSecrets, SECRETS } from '#wire'
import { ethernet } from '../../src/wire/packet/testing/index.ts'
import { type ReadCapture, readCapture } from '../../src/wire/pcap/testing/read-capture.ts'
import { skipWithout } from '../debian-tools.ts'
import { randomIpPacket } from './packets/random-frame.ts'
import { Random } from './random.ts'

const PACKETS = 200
const SNAP_BYTES = 60

/** Formats that Wireshark's own tools write, and how exactly each keeps the time. */
const FORMATS: readonly (readonly [format: string, nanosecondsKept: number])[] = [
  ['pcap', 1000],
  ['nsecpcap', 1],
  ['modpcap', 1000],
  ['pcapng', 1],
]

let folder: string
const at = (name: string): string => path.join(folder, name)
const editcap = (...args: readonly string[]): string =>
  execFileSync('editcap', args, { encoding: 'utf8', stdio: 'pipe' })

before(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'tidegate-files-'))
  writeFileSync(at('ours.pcapng'), ourCapture())
  writeFileSync(at('keys.log'), 'CLIENT_RANDOM 00 11\n')
})
after(() => rmSync(folder, { recursive: true }))

function ourCapture(): Buffer {
  const random = new Random(3)
  const pieces: Buffer[] = []
  const writer = new PcapngWriter((bytes) => pieces.push(bytes), 'test')
  const captureInterface = writer.addInterface({ linkType: LINK_TYPE.ethernet, name: 'eth0', description: 'first' })
  for (let seconds = 0; seconds < PACKETS; seconds++) {
    const bytes = ethernet(randomIpPacket(random))
    const time = { seconds: 1_700_000_000 + seconds, nanoseconds: random.below(1_000_000_000) }
    const comment = seconds % 10 === 0 ? `comment ${seconds} ü` : undefined
    writer.packet(
      captureInterface,
      { bytes, start: 0, end: bytes.length, originalBytes: bytes.length, ...time },
      comment,
    )
  }
  writer.end()
  return Buffer.concat(pieces)
}

function read(name: string): ReadCapture {
  let turn = 0
  return readCapture(readFileSync(at(name)), () => 500 + (turn++ % 7) * 311)
}

function withTimeOf(time: string, nanosecondsKept: number): string {
  const [seconds, nanoseconds] = time.split('.')
  return `${seconds}.${String(Math.floor(Number(nanoseconds) / nanosecondsKept) * nanosecondsKept).padStart(9, '0')}`
}

test('what Wireshark’s tools write of our capture is read as the same', { skip: skipWithout('tshark') }, () => {
  const ours = read('ours.pcapng')
  assert.equal(ours.packets.length, PACKETS)
  for (const [format, nanosecondsKept] of FORMATS) {
    editcap('-F', format, '-s', String(SNAP_BYTES), at('ours.pcapng'), at(format))
    const theirs = read(format)
    const expected = ours.packets.map((packet) => ({
      ...packet,
      data: packet.data.slice(0, SNAP_BYTES * 2),
      time: withTimeOf(packet.time, nanosecondsKept),
      comments: format === 'pcapng' ? packet.comments : [],
    }))
    assert.deepEqual(theirs.packets, expected, format)
    assert.deepEqual(theirs.faults, [], format)
    assert.equal(theirs.interfaces[0].linkType, LINK_TYPE.ethernet)
  }
  assert.equal(read('pcapng').interfaces[0].name, 'eth0')
})

test(
  'secrets that a tool put into a capture are found, and left out of a copy',
  { skip: skipWithout('tshark') },
  () => {
    editcap('--inject-secrets', `tls,${at('keys.log')}`, at('ours.pcapng'), at('secret.pcapng'))
    const secrets: string[] = []
    const reader = new CaptureReader({
      onPacket: () => {},
      onNote: ({ detail }) => assert.fail(detail),
      onBlock: (block) => {
        const found = readSecrets(block)
        if (found?.kind === SECRETS.tlsKeyLog) secrets.push(found.secrets.toString())
      },
    })
    reader.push(readFileSync(at('secret.pcapng')))
    assert.deepEqual(secrets, ['CLIENT_RANDOM 00 11\n'])
    const pieces: Buffer[] = []
    const options = { keep: () => true, keepSecrets: false, onNote: () => assert.fail('there is no damage') }
    const rewriter = new CaptureRewriter((bytes) => pieces.push(bytes), options)
    rewriter.push(readFileSync(at('secret.pcapng')))
    rewriter.end()
    writeFileSync(at('copy.pcapng'), Buffer.concat(pieces))
    assert.ok(read('secret.pcapng').blocks.includes(10))
    assert.ok(!read('copy.pcapng').blocks.includes(10))
    assert.deepEqual(read('copy.pcapng').packets, read('secret.pcapng').packets)
  },
)

test('Wireshark’s tools read what we rewrite, with our comments', { skip: skipWithout('tshark') }, () => {
  const pieces: Buffer[] = []
  const rewriter = new CaptureRewriter((bytes) => pieces.push(bytes), {
    keep: ({ frameNumber }) => frameNumber % 2 === 1,
    comment: ({ frameNumber }) => (frameNumber === 11 ? 'retransmission, "fast"' : undefined),
    keepSecrets: false,
    onNote: ({ detail }) => assert.fail(detail),
  })
  rewriter.push(readFileSync(at('ours.pcapng')))
  rewriter.end()
  writeFileSync(at('rewritten.pcapng'), Buffer.concat(pieces))
  const options = ['-n', '-r', at('rewritten.pcapng'), '-T', 'fields', '-e', 'frame.number', '-e', 'frame.comment']
  const lines = execFileSync('tshark', [...options, '-E', 'aggregator=;', '-Y', 'frame.comment'], {
    encoding: 'utf8',
    stdio: 'pipe',
  })
  const commented = lines.split('\n').filter(Boolean)
  assert.equal(commented.length, PACKETS / 10)
  assert.equal(commented[1], '6\tcomment 10 ü;retransmission, "fast"')
})
