import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import path from 'node:path'
import test from 'node:test'

const skip = process.getuid?.() === 0 ? false : 'needs root'

test('where rules stay when a process ends, connections are known to the next one', { skip }, () => {
  const script = path.join(import.meta.dirname, '../testing/keep-connections.ts')
  const commands = 'mount -t bpf bpf /sys/fs/bpf && left=$("$0" "$1") && exec "$0" "$1" "$left"'
  const output = execFileSync('unshare', ['-n', '-m', 'sh', '-c', commands, process.execPath, script], {
    encoding: 'utf8',
    env: { ...process.env, NODE_TEST_CONTEXT: undefined, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` },
  })
  assert.equal(output, '1')
})
