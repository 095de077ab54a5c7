import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import test from 'node:test'
import { gzipSync } from 'node:zlib'
import { LINK_TYPE, PcapWriter } from '#wire'
import { type ReadingProgress, readCapture } from './read-capture.ts'

const PACKETS = 3000

function capture(): Buffer {
  const pieces: Buffer[] = []
  const writer = new PcapWriter((piece) => pieces.push(piece), { linkType: LINK_TYPE.ethernet, snapBytes: 0 })
  for (let number = 0; number < PACKETS; number++) {
    const bytes = Buffer.alloc(500, number)
    writer.packet({ bytes, start: 0, end: bytes.length, originalBytes: bytes.length, seconds: number, nanoseconds: 0 })
  }
  writer.end()
  return Buffer.concat(pieces)
}

interface Read {
  readonly packets: number
  readonly faults: readonly string[]
  readonly progress: readonly ReadingProgress[]
}

async function read(contents: Buffer): Promise<Read> {
  const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-reading-'))
  const file = path.join(folder, 'capture')
  writeFileSync(file, contents)
  const progress: ReadingProgress[] = []
  let packets = 0
  try {
    const onPiece = (now: ReadingProgress): void => void progress.push(now)
    const { notes } = await readCapture(file, { onPacket: () => packets++ }, { onPiece })
    return { packets, faults: notes.map(({ fault }) => fault), progress }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('a capture is read to its end, packed or not, and in several packed parts', async () => {
  const whole = capture()
  const parts = Buffer.concat([gzipSync(whole.subarray(0, 700_001)), gzipSync(whole.subarray(700_001))])
  for (const contents of [whole, gzipSync(whole), parts]) {
    const { packets, faults, progress } = await read(contents)
    assert.deepEqual([packets, faults], [PACKETS, []])
    assert.deepEqual(progress.at(-1), { readBytes: contents.length, sizeBytes: contents.length })
  }
})

test('damage of the file or its packing is noted, and what stands before is read', async () => {
  const whole = capture()
  const packed = gzipSync(whole)
  const broken = Buffer.from(packed)
  broken.fill(0xff, packed.length >> 1, (packed.length >> 1) + 40)
  for (const contents of [whole.subarray(0, -100), packed.subarray(0, -400), broken]) {
    const { packets, faults } = await read(contents)
    assert.ok(packets > 0 && packets < PACKETS, String(packets))
    assert.ok(faults.includes('truncated'))
  }
})

test('what is no capture is an error', async () => {
  for (const contents of [Buffer.alloc(0), Buffer.from('text'), gzipSync('text'), Buffer.from([0x1f, 0x8b])]) {
    await assert.rejects(read(contents), { code: 'ERR_USAGE' })
  }
})
