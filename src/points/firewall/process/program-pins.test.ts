import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import test from 'node:test'

const skip = process.getuid?.() === 0 ? false : 'needs root'
const STEPS = fileURLToPath(new URL('../testing/keep-outgoing.ts', import.meta.url))

test('what is kept stays in both directions, and goes where the next process does not filter', { skip }, () => {
  const script = `mount -t bpf bpf /sys/fs/bpf && for step in leave look take look; do "$0" "$1" $step || exit 1; done`
  const output = execFileSync('unshare', ['-n', '-m', 'sh', '-c', script, process.execPath, STEPS], {
    encoding: 'utf8',
  })
  const [left, looked, taken, last] = output.trim().split('\n')
  assert.match(left, /^tidegate_out .*tcx-lo/)
  assert.equal(looked, left)
  assert.match(taken, /generic-lo/)
  assert.doesNotMatch(taken, /tcx-lo/)
  assert.doesNotMatch(last, /tidegate_out/)
})
