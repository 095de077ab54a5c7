import assert from 'node:assert/strict'
import { once } from 'node:events'
import { EventEmitter } from 'node:events'
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { watchFiles } from './watch-files.ts'

test('every way in which files change is seen, and nothing else', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'tidegate-watch-'))
  const file = join(directory, 'tidegate.yaml')
  const folder = join(directory, 'policy')
  const later = join(directory, 'later', 'list.txt')
  writeFileSync(file, 'a')
  mkdirSync(folder)
  const changes = new EventEmitter()
  let count = 0
  let paths = [file, folder]
  const watch = watchFiles(
    () => paths,
    () => {
      count++
      changes.emit('change')
    },
  )
  const steps: readonly (readonly [string, () => unknown])[] = [
    ['written', () => writeFileSync(file, 'ab')],
    [
      'replaced by renaming',
      () => {
        writeFileSync(join(directory, 'new'), 'abc')
        renameSync(join(directory, 'new'), file)
      },
    ],
    ['written again after it was replaced', () => writeFileSync(file, 'abcd')],
    ['removed', () => rmSync(file)],
    ['a file in the folder', () => writeFileSync(join(folder, 'a.yaml'), 'x')],
    [
      'a file below the folder',
      () => {
        mkdirSync(join(folder, 'lists'))
        writeFileSync(join(folder, 'lists', 'bad.txt'), 'x')
      },
    ],
    ['further paths', () => (paths = [file, folder, later])],
    [
      'a file of a folder that was not there',
      () => {
        mkdirSync(join(directory, 'later'))
        writeFileSync(later, 'x')
      },
    ],
    ['the folder removed', () => rmSync(folder, { recursive: true })],
  ]
  try {
    for (const [index, [what, change]] of steps.entries()) {
      const seen = once(changes, 'change', { signal: AbortSignal.timeout(10_000) })
      change()
      await seen
      assert.equal(count, index + 1, what)
    }
    writeFileSync(join(directory, 'unrelated'), 'x')
    await sleep(300)
    assert.equal(count, steps.length, 'a file beside them is none of our business')
  } finally {
    watch.close()
    rmSync(directory, { recursive: true })
  }
  await sleep(200)
  assert.equal(count, steps.length, 'nothing is reported after closing')
})
