import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { TidegateError } from '#kernel'
import { CLIENT, SERVER, Story } from '../../findings/testing/dialogue.ts'
import { analyzeCaptureApart } from './analyze-apart.ts'
import { analyzeBytesApart } from './analyze-bytes-apart.ts'
import { analyzeBytes } from './analyze-capture.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-apart-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const CONNECTIONS = 2500
const MEBIBYTE = 1_048_576

function large(): Buffer {
  const story = new Story()
  for (let turn = 0; turn < CONNECTIONS; turn++) {
    story
      .connection({ ...CLIENT, port: 20_000 + turn }, SERVER)
      .open()
      .ask(`GET /${turn} HTTP/1.1\r\nHost: app.test\r\n\r\n`)
      .answer('HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy')
      .close()
  }
  return story.file()
}

const file = large()

test('a thread of its own says the same, of bytes, of packed ones and of a file', async () => {
  assert.ok(file.length > MEBIBYTE)
  const expected = structuredClone(await analyzeBytes(file))
  assert.equal(expected.flows, CONNECTIONS)
  assert.equal(expected.findings[0].kind, 'http-5xx')
  assert.deepEqual(await analyzeBytesApart(file), expected)
  assert.deepEqual(await analyzeBytesApart(gzipSync(file)), expected)
  const name = path.join(folder, 'large.pcap')
  writeFileSync(name, file)
  let seenPackets = -1
  const report = await analyzeCaptureApart(name, { onPiece: (_reading, packets) => void (seenPackets = packets) })
  assert.deepEqual(report, expected)
  assert.ok(seenPackets >= 0)
})

test('others work while bytes are analysed', async () => {
  let turns = 0
  const timer = setInterval(() => turns++, 1)
  await analyzeBytesApart(file)
  clearInterval(timer)
  assert.ok(turns > 0)
})

test('what cannot be read or is no capture is refused as in this thread', async () => {
  const isUsage = (error: unknown): boolean =>
    error instanceof TidegateError && error.code === 'ERR_USAGE' && error.remedy !== undefined
  await assert.rejects(analyzeBytesApart(Buffer.alloc(2 * MEBIBYTE, 0xff)), isUsage)
  await assert.rejects(analyzeBytesApart(Buffer.alloc(0)), isUsage)
  await assert.rejects(analyzeCaptureApart(path.join(folder, 'absent.pcap')), isUsage)
})
