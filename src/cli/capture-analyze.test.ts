import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import test from 'node:test'
import { LINK_TYPE, PcapWriter } from '#wire'
import { ethernet, ipv4, synOptions, tcp, TCP_FLAG } from '../wire/packet/testing/index.ts'
import { parseFrameList } from './capture/frame-list.ts'
import { makeFolder, runCli } from './testing/cli-process.ts'

/** A client that asks three times for a connection. */
function capture(): Buffer {
  const pieces: Buffer[] = []
  const writer = new PcapWriter((piece) => void pieces.push(Buffer.from(piece)), {
    linkType: LINK_TYPE.ethernet,
    snapBytes: 0,
  })
  for (const seconds of [0, 1, 3]) {
    const syn = tcp({
      sourcePort: 50_000,
      destinationPort: 443,
      flags: TCP_FLAG.syn,
      sequence: 7,
      options: synOptions(),
    })
    const bytes = ethernet(ipv4({ source: '192.0.2.10', destination: '198.51.100.80' }, syn))
    writer.packet({
      bytes,
      start: 0,
      end: bytes.length,
      originalBytes: bytes.length,
      seconds: 100 + seconds,
      nanoseconds: 0,
    })
  }
  writer.end()
  return Buffer.concat(pieces)
}

test('a capture is analysed from a file and from standard input, for people and for programs', async (t) => {
  const folder = makeFolder({ 'no-capture': 'hello' })
  t.after(() => folder.remove())
  const file = path.join(folder.path, 'a.pcap')
  writeFileSync(file, capture())
  const shown = await runCli(['capture', 'analyze', file, '--all'], { cwd: folder.path })
  assert.equal(shown.code, 0)
  assert.match(
    shown.stdout,
    /high {3}tcp-syn-unanswered {2}\(path\)\n.*198\.51\.100\.80:443.*\n {2}frames 1, 2, 3\n {2}next: /,
  )
  assert.match(shown.stdout, /Largest flows/)
  const json = await runCli(['capture', 'analyze', file, '--json'], { cwd: folder.path })
  const report = JSON.parse(json.stdout) as { packets: number; flows: number; findings: Record<string, unknown>[] }
  assert.deepEqual([report.packets, report.flows, report.findings.length], [3, 1, 1])
  assert.deepEqual(Object.keys(report.findings[0]), ['kind', 'severity', 'side', 'frames', 'text', 'next', 'flows'])
})

test('a file that is cut off is a finding, and what is no capture an error', async (t) => {
  const folder = makeFolder({ 'no-capture': 'hello' })
  t.after(() => folder.remove())
  const file = path.join(folder.path, 'cut.pcap')
  writeFileSync(file, capture().subarray(0, -9))
  const cut = await runCli(['capture', 'analyze', file, '--json'], { cwd: folder.path })
  assert.equal(cut.code, 0)
  assert.match(cut.stdout, /"capture-truncated"/)
  const none = await runCli(['capture', 'analyze', path.join(folder.path, 'no-capture')], { cwd: folder.path })
  assert.equal(none.code, 2)
  assert.match(none.stderr, /neither pcap nor pcapng/)
  assert.equal((await runCli(['capture', 'analyze', path.join(folder.path, 'nowhere')], { cwd: folder.path })).code, 2)
})

test('frames to dissect are numbers and ranges', () => {
  assert.deepEqual(parseFrameList('3,7-9, 8'), [3, 7, 8, 9])
  for (const wrong of ['', 'x', '0', '9-7', '1-5000', '1,', '-3', '1 or true'])
    assert.throws(() => parseFrameList(wrong), /ERR_USAGE|--tshark/)
})
