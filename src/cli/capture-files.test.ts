import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import test from 'node:test'
import { gzipSync } from 'node:zlib'
import { CaptureReader, PcapngWriter, SECRETS } from '#wire'
import { captureOf, framesOf, HANDSHAKE, type Step } from '../detect/flows/testing/dialogue.ts'
import { makeFolder, runCli } from './testing/cli-process.ts'

const REQUEST = { payload: Buffer.from('GET /a HTTP/1.1\r\nHost: shop.example\r\n\r\n') }
const STEPS: readonly Step[] = [
  ...HANDSHAKE,
  ['c', 1, 1, 0, REQUEST],
  ['c', 1, 1, 0, { ...REQUEST, afterMicros: 300_000 }],
]
const CAPTURE = captureOf(framesOf(STEPS))

/** A folder with the capture, whole, packed and cut off. */
function folderOf(): ReturnType<typeof makeFolder> {
  const folder = makeFolder()
  writeFileSync(path.join(folder.path, 'visit.pcap'), CAPTURE)
  writeFileSync(path.join(folder.path, 'visit.pcap.gz'), gzipSync(CAPTURE))
  writeFileSync(path.join(folder.path, 'cut.pcap'), CAPTURE.subarray(0, CAPTURE.length - 10))
  writeFileSync(path.join(folder.path, 'cut.pcap.gz'), gzipSync(CAPTURE).subarray(0, -40))
  writeFileSync(path.join(folder.path, 'text.pcap'), 'no capture')
  return folder
}

/** Packets, comments and secrets of a capture. */
function contentsOf(file: string): {
  readonly packets: number
  readonly comments: readonly string[]
  readonly blocks: number
} {
  let packets = 0
  let blocks = 0
  const comments: string[] = []
  const reader = new CaptureReader({
    onPacket: (packet) => {
      packets++
      comments.push(...packet.comments())
    },
    onBlock: () => blocks++,
    onNote: (note) => assert.fail(note.detail),
  })
  reader.push(readFileSync(file))
  reader.end()
  return { packets, comments, blocks }
}

test('capture filter keeps the packets that match, of packed files and of standard input too', async () => {
  const folder = folderOf()
  try {
    const cases: readonly (readonly [input: string, expression: string, kept: number])[] = [
      ['visit.pcap', 'tcp.flags.syn', 2],
      ['visit.pcap.gz', 'http.request.method == "GET"', 2],
      ['visit.pcap', 'frame.number > 3 and tcp.dstport == 80', 2],
      ['visit.pcap', 'udp.srcport == 53', 0],
    ]
    for (const [input, expression, kept] of cases) {
      const result = await runCli(['capture', 'filter', input, expression, '-o', 'out.pcap', '--json'], {
        cwd: folder.path,
      })
      assert.deepEqual([result.code, JSON.parse(result.stdout)], [0, { packets: 5, kept, damage: [] }], result.stderr)
      assert.equal(contentsOf(path.join(folder.path, 'out.pcap')).packets, kept)
    }
    const piped = await runCli(['capture', 'filter', 'visit.pcap', 'tcp.len > 0', '-o', '-'], { cwd: folder.path })
    assert.deepEqual([piped.code, piped.stderr], [0, '2 of 5 packets kept\n'])
    assert.ok(piped.stdout.includes('shop.example'))
  } finally {
    folder.remove()
  }
})

test('comments stay, secrets on request only', async () => {
  const folder = makeFolder()
  const pieces: Buffer[] = []
  const writer = new PcapngWriter((piece) => pieces.push(piece), 'test')
  writer.addInterface({ linkType: 1 })
  writer.secrets(SECRETS.tlsKeyLog, Buffer.from('CLIENT_RANDOM 00 00\n'))
  for (const { bytes } of framesOf(STEPS)) {
    const packet = { bytes, start: 0, end: bytes.length, originalBytes: bytes.length, seconds: 1, nanoseconds: 0 }
    writer.packet(0, packet, 'look here')
  }
  writer.end()
  try {
    writeFileSync(path.join(folder.path, 'in.pcapng'), Buffer.concat(pieces))
    for (const [extra, blocks] of [
      [[], 2],
      [['--keep-secrets'], 3],
    ] as const) {
      const args = ['capture', 'filter', 'in.pcapng', 'tcp.flags.syn', '-o', 'out.pcapng', ...extra]
      assert.equal((await runCli(args, { cwd: folder.path })).code, 0)
      const found = contentsOf(path.join(folder.path, 'out.pcapng'))
      assert.deepEqual(found, { packets: 2, comments: ['look here', 'look here'], blocks })
    }
  } finally {
    folder.remove()
  }
})

test('capture filter refuses what it cannot do, and leaves no file behind', async () => {
  const folder = folderOf()
  const cases: readonly (readonly [args: readonly string[], message: RegExp])[] = [
    [['visit.pcap', 'tcp.flags.sin', '-o', 'out'], /did you mean|no field/i],
    [['visit.pcap', 'waf.score > 3', '-o', 'out'], /cannot be read by capture/],
    [['missing.pcap', 'tcp.flags.syn', '-o', 'out'], /missing\.pcap: ENOENT/],
    [['text.pcap', 'tcp.flags.syn', '-o', 'out'], /neither pcap nor pcapng/],
    [['visit.pcap', 'tcp.flags.syn', '-o', 'visit.pcap'], /the file that is read/],
    [['visit.pcap', 'tcp.flags.syn', '-o', 'nowhere/out'], /--output nowhere\/out: ENOENT/],
  ]
  try {
    for (const [args, message] of cases) {
      const result = await runCli(['capture', 'filter', ...args], { cwd: folder.path })
      assert.equal(result.code, 2)
      assert.match(result.stderr, message)
      assert.equal(existsSync(path.join(folder.path, 'out')), false)
    }
    assert.equal(contentsOf(path.join(folder.path, 'visit.pcap')).packets, 5)
  } finally {
    folder.remove()
  }
})

test('capture flags', async () => {
  const folder = folderOf()
  const expected = [1, 2, 3, 4, 5].map((frame) => ({ frame, flags: frame === 5 ? ['retransmission'] : [] }))
  try {
    const lines = await runCli(['capture', 'flags', 'visit.pcap.gz', '--ndjson'], { cwd: folder.path })
    assert.deepEqual(
      lines.stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
      expected,
    )
    const array = await runCli(['capture', 'flags', 'visit.pcap', '--json'], { cwd: folder.path })
    assert.deepEqual(JSON.parse(array.stdout), expected)
    const table = await runCli(['capture', 'flags', 'visit.pcap'], { cwd: folder.path })
    assert.deepEqual(
      [table.code, table.stdout, table.stderr],
      [0, '       5  retransmission\n', '1 of 5 frames have flags\n'],
    )
  } finally {
    folder.remove()
  }
})

test('of a damaged file, what stands before the damage is read', async () => {
  const folder = folderOf()
  try {
    const cut = await runCli(['capture', 'flags', 'cut.pcap', '--ndjson'], { cwd: folder.path })
    assert.deepEqual([cut.code, cut.stdout.split('\n').length - 1], [1, 4])
    assert.match(cut.stderr, /cut\.pcap: byte \d+: the last record is cut off/)
    const packed = await runCli(['capture', 'filter', 'cut.pcap.gz', 'tcp.flags.syn', '-o', 'out.pcap', '--json'], {
      cwd: folder.path,
    })
    const { packets, damage } = JSON.parse(packed.stdout) as { packets: number; damage: readonly { fault: string }[] }
    assert.deepEqual([packed.code, damage[0].fault], [1, 'truncated'])
    assert.ok(packets >= 2 && packets < 5, String(packets))
  } finally {
    folder.remove()
  }
})
