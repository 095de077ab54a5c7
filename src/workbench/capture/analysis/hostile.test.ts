import assert from 'node:assert/strict'
import test from 'node:test'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { TidegateError } from '#kernel'
import { CLIENT, SERVER, Story } from '../../findings/testing/dialogue.ts'
import { analyzeBytes } from './analyze-capture.ts'

const GET = 'GET /a HTTP/1.1\r\nHost: app.test\r\n\r\n'

const good = (): Buffer => {
  const story = new Story()
  for (let turn = 0; turn < 4; turn++) {
    story
      .connection({ ...CLIENT, port: 40_000 + turn }, SERVER)
      .open()
      .ask(GET)
      .answer('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone')
      .close()
  }
  return story.file()
}

const FILE_HEADER_BYTES = 24

test('bytes that were changed anywhere behind the header never throw, and findings have frames', async () => {
  const file = good()
  const changes = fc.array(fc.tuple(fc.integer({ min: FILE_HEADER_BYTES, max: file.length - 1 }), fc.nat(255)), {
    maxLength: 40,
  })
  await fc.assert(
    fc.asyncProperty(changes, async (edits) => {
      const damaged = Buffer.from(file)
      for (const [at, byte] of edits) damaged[at] = byte
      const { findings, packets } = await analyzeBytes(damaged)
      for (const { frames } of findings) assert.ok(frames.every((frame) => frame >= 1 && frame <= packets))
    }),
    { numRuns: 300 },
  )
})

function isRecordEnd(file: Buffer, end: number): boolean {
  let at = FILE_HEADER_BYTES
  while (at < end) at += 16 + file.readUInt32LE(at + 8)
  return at === end
}

test('a file that ends anywhere is analysed as far as it goes, and says so', async () => {
  const file = good()
  const whole = await analyzeBytes(file)
  for (let end = FILE_HEADER_BYTES + 1; end < file.length; end += 7) {
    const { findings, packets } = await analyzeBytes(file.subarray(0, end))
    assert.ok(packets < whole.packets)
    assert.ok(packets === 0 || isRecordEnd(file, end) || findings.some(({ kind }) => kind === 'capture-truncated'))
  }
  const { findings } = await analyzeBytes(file.subarray(0, file.length - 5))
  assert.ok(findings.some(({ kind }) => kind === 'capture-truncated'))
})

test('a length that cannot be is a finding', async () => {
  const file = Buffer.from(good())
  file.writeUInt32LE(0x7fff_ffff, FILE_HEADER_BYTES + 8)
  const { findings, packets } = await analyzeBytes(file)
  assert.deepEqual([findings[0].kind, packets], ['capture-damaged', 0])
})

test('packed files, also those that are cut off, are read', async () => {
  const whole = await analyzeBytes(gzipSync(good()))
  assert.equal(whole.flows, 4)
  const packed = gzipSync(good())
  const cut = await analyzeBytes(packed.subarray(0, packed.length - 40))
  assert.ok(cut.findings.some(({ kind }) => kind === 'capture-truncated'))
})

test('what is no capture is refused', async () => {
  for (const bytes of [Buffer.alloc(0), Buffer.from('hello'), Buffer.alloc(1000, 0xff)]) {
    await assert.rejects(analyzeBytes(bytes), (error) => error instanceof TidegateError && error.code === 'ERR_USAGE')
  }
})
