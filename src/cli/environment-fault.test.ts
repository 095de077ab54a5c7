import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync, writeSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { environmentRemedy } from './environment-fault.ts'
import { makeFolder } from './testing/cli-process.ts'

test('a full disk is no fault of Tidegate, and says what to do', () => {
  const full = openSync('/dev/full', 'w')
  assert.throws(
    () => writeSync(full, 'text'),
    (error: unknown) => /Make room on the disk/.test(environmentRemedy(error) ?? ''),
  )
})

test('what says nothing of the machine stays an internal error', () => {
  assert.equal(environmentRemedy(new TypeError('undefined is not a function')), undefined)
  assert.equal(environmentRemedy('text'), undefined)
})

test('output that finds no room is told in one line, and by the exit code', () => {
  const full = openSync('/dev/full', 'w')
  const run = (errors: 'pipe' | number): ReturnType<typeof spawnSync> =>
    spawnSync(process.execPath, ['bin/tidegate.mjs', 'rule', 'fields'], {
      stdio: ['ignore', full, errors],
      encoding: 'utf8',
    })
  const told = run('pipe')
  assert.equal(told.status, 2)
  assert.match(String(told.stderr), /^tidegate: standard output cannot be written: ENOSPC.*\n$/)
  assert.equal(run(full).status, 2, 'also where nothing can be said')
  closeSync(full)
})

test('a server serves on when nobody can read what it says', { timeout: 60_000 }, async () => {
  const folder = makeFolder()
  const full = openSync('/dev/full', 'w')
  const words = [path.resolve('bin/tidegate.mjs'), 'up', '--listen', '127.0.0.1:0', '--console', '127.0.0.1:0']
  const server = spawn(process.execPath, words, { cwd: folder.path, stdio: ['ignore', full, full] })
  try {
    while (!existsSync(path.join(folder.path, 'data', 'console-url')) && server.exitCode === null) await sleep(50)
    // What it says first comes when it listens.
    await sleep(500)
    assert.equal(server.exitCode, null)
    server.kill('SIGTERM')
    assert.deepEqual(await once(server, 'exit'), [0, null])
  } finally {
    server.kill('SIGKILL')
    closeSync(full)
    folder.remove()
  }
})
