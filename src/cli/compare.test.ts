import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import test from 'node:test'
import { gzipSync } from 'node:zlib'
import type { CompareReport } from '#workbench'
import { makeFolder, runCli } from './testing/cli-process.ts'

const START_SECONDS = 1_795_300_000

function line(second: number, facts: object): string {
  return `${JSON.stringify({ time: START_SECONDS + second, facts })}\n`
}

function good(n: number): string {
  return line(n, {
    'http.request.method': n % 4 === 0 ? 'POST' : 'GET',
    'http.request.uri.path': n % 6 === 0 ? '/login' : `/products/${n % 90}`,
    'http.user_agent': n % 6 === 1 ? 'tool/1.0' : `Mozilla/5.0 Chrome/${120 + (n % 9)}.0`,
  })
}

function bad(n: number): string {
  return line(1_000 + (n % 60), {
    'http.request.method': 'POST',
    'http.request.uri.path': '/login',
    'http.user_agent': n % 2 === 0 ? 'tool/1.0' : 'tool/1.1\u0007',
  })
}

const GOOD = Array.from({ length: 900 }, (_, n) => good(n)).join('')
const BAD = Array.from({ length: 400 }, (_, n) => bad(n)).join('')

test('files are compared', async (context) => {
  const folder = makeFolder({ 'good.ndjson': GOOD, 'bad.ndjson': `${BAD}no event\n`, 'all.ndjson': GOOD + BAD })
  context.after(() => folder.remove())
  writeFileSync(path.join(folder.path, 'good.ndjson.gz'), gzipSync(GOOD))
  const run = (...args: string[]) => runCli(['compare', ...args], { cwd: folder.path })

  const json = await run('--bad', 'bad.ndjson', '--good', 'good.ndjson.gz', '--json')
  assert.equal(json.code, 0, json.stderr)
  const report = JSON.parse(json.stdout) as CompareReport
  assert.deepEqual([report.kind, report.bad.rows, report.good.rows, report.advice], ['http', 400, 900, 'block'])
  assert.deepEqual([report.together.coverage, report.together.collateral], [1, 0])
  assert.match(report.notes.join(), /about 1 lines are no events/)

  const text = await run('--bad', 'bad.ndjson', '--good', 'good.ndjson')
  assert.match(text.stdout, /Filter 1 {2}\S/)
  assert.ok(!text.stdout.includes('\u0007'), 'what clients sent does not reach the terminal as it is')

  const split = await run('--bad', 'all.ndjson', '--since', '90s', '--json')
  const window = JSON.parse(split.stdout) as CompareReport
  assert.equal(window.labels, 'window')
  assert.ok(window.excess!.rows >= 380 && window.filters.length > 0, split.stdout)

  const usage: readonly (readonly [readonly string[], RegExp])[] = [
    [['--bad', 'bad.ndjson'], /nothing to compare the file with/],
    [['--bad', 'missing.ndjson', '--good', 'good.ndjson'], /missing\.ndjson cannot be read/],
    [['--bad', 'bad.ndjson', '--since', 'soon'], /--since "soon" is no time/],
    [['--good', 'good.ndjson'], /required option .*--bad/],
    [['--bad', 'bad.ndjson', '--good', 'good.ndjson', '--kind', 'tcp'], /Allowed choices/],
  ]
  for (const [args, message] of usage) {
    const result = await run(...args)
    assert.deepEqual([result.code, result.stdout], [2, ''], args.join(' '))
    assert.match(result.stderr, message)
  }
})
