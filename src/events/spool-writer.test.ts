import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import test, { type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { recoverSpool } from './spool-recovery.ts'
import { parseSegmentFile, segmentHeader } from './spool-segment.ts'
import { SpoolUsage } from './spool-usage.ts'
import { SpoolWriter } from './spool-writer.ts'

function temporary(context: TestContext): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'tidegate-spool-'))
  context.after(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

function writerIn(directory: string, writer = 'w1'): SpoolWriter {
  return new SpoolWriter({ kind: 'http', writer, usage: new SpoolUsage(directory, 1e9) })
}

/** Rows of all ready segments, in the order of their names; each segment must begin with the header. */
function readyRows(directory: string): string[] {
  const rows: string[] = []
  for (const file of readdirSync(directory).sort()) {
    if (parseSegmentFile(file)?.state !== 'ready') continue
    const text = readFileSync(path.join(directory, file), 'utf8')
    assert.ok(text.startsWith(segmentHeader('http')))
    rows.push(...text.slice(segmentHeader('http').length).split('\n').slice(0, -1))
  }
  return rows
}

test('rows come out whole and in order, also while segments rotate', async (context) => {
  const directory = temporary(context)
  const writer = writerIn(directory)
  const row = 'x'.repeat(1000)
  for (let n = 0; n < 12_000; n++) {
    assert.ok(writer.append(`${n} ${row}\n`))
    if (n % 500 === 0) await sleep(1)
  }
  await writer.close()
  assert.ok(readdirSync(directory).length > 1)
  assert.deepEqual(
    readyRows(directory).map((text) => Number(text.split(' ')[0])),
    Array.from({ length: 12_000 }, (_, n) => n),
  )
  assert.equal(writer.append('late\n'), false)
})

test('an idle writer hands its rows over by itself', async (context) => {
  const directory = temporary(context)
  const writer = writerIn(directory)
  writer.append('one\n')
  while (readyRows(directory).length === 0) await sleep(20)
  assert.deepEqual(readyRows(directory), ['one'])
  await writer.close()
})

test('rows are on disk before their segment is handed over', async (context) => {
  const directory = temporary(context)
  const writer = writerIn(directory)
  writer.append('one\n')
  const open = path.join(directory, 'http-w1-00000000.open')
  for (;;) {
    await sleep(1)
    const text = readdirSync(directory).includes(path.basename(open)) ? readFileSync(open, 'utf8') : ''
    if (text !== '') {
      assert.equal(text, `${segmentHeader('http')}one\n`)
      break
    }
  }
  await writer.close()
})

test('a writer with little to do has every row on disk when it returns, also while it hands over a segment', async (context) => {
  const directory = temporary(context)
  const writer = writerIn(directory)
  const header = segmentHeader('http')
  let appended = 0
  // Several segments are handed over, each by their age; rows come between any two turns of the event loop.
  try {
    for (let segments = 0; segments < 4;) {
      writer.append('row\n')
      appended++
      const texts = readdirSync(directory).map((file) => readFileSync(path.join(directory, file), 'utf8'))
      const rows = texts.reduce((sum, text) => sum + (text.length - header.length) / 'row\n'.length, 0)
      assert.equal(rows, appended)
      segments = texts.length
      await sleep(1)
    }
  } finally {
    await writer.close()
  }
})

test('what dead writers left is cut to whole rows and handed over', async (context) => {
  const directory = temporary(context)
  const write = (name: string, text: string): void => writeFileSync(path.join(directory, name), text)
  write('http-dead-00000000.open', `${segmentHeader('http')}one\ntwo\nthr`)
  write('http-dead-00000001.open', segmentHeader('http'))
  write('http-dead-00000002.open', 'tidegate-sp')
  write('http-dead-00000003.open', `${segmentHeader('http')}\x1ea\nb`)
  write('http-alive-00000000.open', `${segmentHeader('http')}four\n`)
  write('other.txt', 'x')
  assert.equal(await recoverSpool(directory, (writer) => writer === 'dead'), 1)
  assert.deepEqual(readdirSync(directory).sort(), ['http-alive-00000000.open', 'http-dead-00000000.ready', 'other.txt'])
  assert.deepEqual(readyRows(directory), ['one', 'two'])
  assert.equal(await recoverSpool(path.join(directory, 'missing'), () => true), 0)
})

test('a full disk delays rows, tears none, and refuses what does not fit into memory', async (context) => {
  const directory = temporary(context)
  const mount = path.join(directory, 'disk')
  mkdirSync(mount)
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', mount])
  if (mounted.status !== 0) {
    context.skip('needs the right to mount a small disk')
    return
  }
  try {
    const spool = path.join(mount, 'spool')
    const writer = writerIn(spool)
    const filler = path.join(mount, 'filler')
    writeFileSync(filler, Buffer.alloc(150_000))
    const row = 'y'.repeat(996)
    for (let n = 0; n < 150; n++) assert.ok(writer.append(`${100 + n}${row}\n`))
    while (writer.fault === undefined) await sleep(5)
    assert.match(writer.fault, /ENOSPC/)
    let refused = 0
    for (let n = 0; n < 40_000; n++) if (!writer.append(`${row}\n`)) refused++
    assert.ok(refused > 0)
    truncateSync(filler, 0)
    await sleep(10)
    // The rows kept in memory are more than this disk holds: only the first ones are looked at.
    spawnSync('mount', ['-o', 'remount,size=120m', mount])
    while (writer.fault !== undefined) await sleep(20)
    await writer.close()
    const rows = readyRows(spool)
    assert.equal(rows.length, 150 + 40_000 - refused)
    assert.deepEqual(
      rows.slice(0, 150).map((text) => Number(text.slice(0, 3))),
      Array.from({ length: 150 }, (_, n) => 100 + n),
    )
    assert.ok(rows.every((text) => text.length === 996 || text.length === 999))
  } finally {
    spawnSync('umount', [mount])
  }
})
