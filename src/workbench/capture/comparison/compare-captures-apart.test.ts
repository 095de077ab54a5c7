import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'
import { TidegateError } from '#kernel'
import { CLIENT, SERVER, Story } from '../../findings/testing/dialogue.ts'
import { gatherEvidence } from '../analysis/analyze-capture.ts'
import { compareCaptures } from './compare-captures.ts'
import { compareCapturesApart } from './compare-captures-apart.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-compare-apart-'))
after(() => rmSync(folder, { recursive: true, force: true }))

function written(name: string, status: string): string {
  const story = new Story()
  for (let turn = 0; turn < 5; turn++) {
    story
      .connection({ ...CLIENT, port: 20_000 + turn }, SERVER)
      .open()
      .ask('GET / HTTP/1.1\r\nHost: app.test\r\n\r\n')
      .answer(`HTTP/1.1 ${status}\r\nContent-Length: 4\r\n\r\nbody`)
      .close()
  }
  const file = path.join(folder, name)
  writeFileSync(file, story.file())
  return file
}

const good = written('good.pcap', '200 OK')
const bad = written('bad.pcap', '503 Busy')

test('a thread of its own says the same, and which file it reads', async () => {
  const read = new Set<string>()
  const comparison = await compareCapturesApart(good, bad, {
    onPiece: (_reading, _packets, file) => void read.add(file),
  })
  const expected = compareCaptures(await gatherEvidence(good), await gatherEvidence(bad))
  assert.deepEqual(comparison, structuredClone(expected))
  assert.equal(comparison.first?.fact, 'status')
  assert.deepEqual([...read], [good, bad])
})

test('a file that cannot be read is refused with what to do', async () => {
  const absent = path.join(folder, 'absent.pcap')
  await assert.rejects(
    compareCapturesApart(good, absent),
    (error) => error instanceof TidegateError && error.code === 'ERR_USAGE' && error.remedy !== undefined,
  )
})
