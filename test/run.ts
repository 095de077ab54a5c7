import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { installMissingTools } from './debian-tools.ts'
import { sourceFiles } from './source-files.ts'

/**
 * Runs every test, or those whose path contains one of the arguments, and ends with one line of counts.
 * Files run two at a time: many of them drive real servers, and more would only fight for the processor.
 */
const wanted = process.argv.slice(2)
const files = sourceFiles(['src', 'test'])
  .filter((file) => file.endsWith('.test.ts'))
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))

if (files.length === 0) {
  process.stderr.write(`no test file matches ${wanted.join(', ')}\n`)
  process.exit(2)
}

installMissingTools((line) => process.stderr.write(`${line}\n`))

const counts = { passed: 0, failed: 0, skipped: 0 }
const reasons = new Map<string, number>()

const stream = run({ files, concurrency: 2, timeout: 300_000 })
stream.on('test:pass', ({ skip, details }) => {
  if (details.type === 'suite') return
  if (skip === undefined || skip === false) {
    counts.passed++
    return
  }
  counts.skipped++
  const reason = skip === true ? 'no reason given' : skip
  reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
})
stream.on('test:fail', ({ details }) => {
  if (details.type !== 'suite') counts.failed++
})
stream.on('end', () => {
  // The reporter writes its own summary at the end of the stream; ours comes after it.
  setImmediate(() => {
    for (const [reason, count] of reasons) process.stdout.write(`skipped ${count}: ${reason}\n`)
    process.stdout.write(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`)
    process.exitCode = counts.failed === 0 && counts.passed > 0 ? 0 : 1
  })
})
stream.compose(spec).pipe(process.stdout)
