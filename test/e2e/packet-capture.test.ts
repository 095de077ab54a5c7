import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { CaptureReader, LINK_TYPE } from '#wire'
import { skipWithoutRoot } from '../debian-tools.ts'
import { freePorts, runTidegate, temporaryFolder } from './testing/tidegate-process.ts'

const skip = skipWithoutRoot()

/** Sends datagrams to a port where nobody listens until the work is done. */
async function whileSending<Result>(port: number, work: Promise<Result>): Promise<Result> {
  const socket = createSocket('udp4')
  let isDone = false
  const done = work.finally(() => (isDone = true))
  for (let n = 0; !isDone; n++) {
    for (const target of [port, 9]) socket.send(`datagram ${n}`, target, '127.0.0.1')
    await sleep(2)
  }
  socket.close()
  return done
}

function packetsOf(file: string): {
  readonly count: number
  readonly linkTypes: ReadonlySet<number>
  readonly longest: number
} {
  let count = 0
  let longest = 0
  const linkTypes = new Set<number>()
  const reader = new CaptureReader({
    onNote: ({ detail }) => assert.fail(detail),
    onPacket: (packet) => {
      count++
      longest = Math.max(longest, packet.end - packet.start)
      linkTypes.add(packet.captureInterface.linkType)
    },
  })
  reader.push(readFileSync(file))
  reader.end()
  return { count, linkTypes, longest }
}

test('packets that an expression selects are captured, up to a number', { skip }, async (t) => {
  const [port] = await freePorts(1)
  const file = path.join(temporaryFolder(t), 'some.pcapng')
  const filter = `udp.dstport == ${port}`
  const limits = ['--packets', '50', '--snap-length', '44']
  const captured = runTidegate(['packet', 'capture', filter, '-i', 'lo', '-o', file, ...limits, '--json'])
  const { exitCode, stdout, stderr } = await whileSending(port, captured)
  assert.equal(exitCode, 0, stderr)
  const report = JSON.parse(stdout) as { readonly matched: number; readonly seen: number; readonly files: string[] }
  assert.equal(report.matched, 50)
  assert.ok(report.seen > 50)
  assert.deepEqual(report.files, [file])
  assert.deepEqual(packetsOf(file), { count: 50, linkTypes: new Set([LINK_TYPE.ethernet]), longest: 44 })
})

test('a ring keeps its newest files', { skip }, async (t) => {
  const [port] = await freePorts(1)
  const folder = temporaryFolder(t)
  const ring = ['-o', path.join(folder, 'ring.pcapng'), '--files', '2', '--file-size', '4kB', '--packets', '400']
  const captured = runTidegate(['packet', 'capture', `udp.dstport == ${port}`, '-i', 'lo', ...ring])
  const { exitCode, stderr } = await whileSending(port, captured)
  assert.equal(exitCode, 0, stderr)
  const files = readdirSync(folder).sort()
  assert.equal(files.length, 2)
  assert.ok(!files[0].includes('-00001-'), files[0])
  for (const file of files) assert.ok(packetsOf(path.join(folder, file)).count > 0)
})

test('packets are shown as JSON, one direction of them', { skip }, async () => {
  const [port] = await freePorts(1)
  const args = [
    'packet',
    'capture',
    `udp.dstport == ${port}`,
    '-i',
    'lo',
    '--packets',
    '3',
    '--ndjson',
    '--direction',
    'in',
  ]
  const { exitCode, stdout, stderr } = await whileSending(port, runTidegate(args))
  assert.equal(exitCode, 0, stderr)
  const rows = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { direction: string; facts: Record<string, unknown> })
  assert.equal(rows.length, 3)
  for (const { direction, facts } of rows) {
    assert.equal(direction, 'in')
    assert.deepEqual([facts['udp.dstport'], facts['ip.dst']], [port, '127.0.0.1'])
  }
})

test('what cannot be captured is named', { skip }, async () => {
  const cases = [
    { args: ['-i', 'nothere0'], says: /there is no network interface nothere0/ },
    { args: ['-i', 'lo', '--files', '2'], says: /--files needs --output/ },
    { args: ['-i', 'lo', '-o', 'x', '--file-size', '1MiB'], says: /need --files/ },
    { args: ['-i', 'lo', 'http.request.method == "GET" and udp.prt == 1'], says: /udp\.srcport|udp\.dstport|no field/ },
  ]
  for (const { args, says } of cases) {
    const { exitCode, stderr } = await runTidegate(['packet', 'capture', ...args])
    assert.equal(exitCode, 2, stderr)
    assert.match(stderr, says)
  }
})
