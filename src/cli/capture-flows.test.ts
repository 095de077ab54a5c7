import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import test from 'node:test'
import { gzipSync } from 'node:zlib'
import { dataSet, field, templateSet } from '../wire/flow-export/testing/build-exports.ts'
import { FLOW, flows, StoryExporter, TEMPLATE9 } from '../workbench/capture/exports/testing/export-story.ts'
import { makeFolder, runCli } from './testing/cli-process.ts'

const BIG = FLOW.map((each) => (each.element === 2 ? field(2, 5000, 4) : each))

/** A folder with a capture of an exporter that tells five flows, one of them big. */
function folderOf(): ReturnType<typeof makeFolder> {
  const folder = makeFolder({ 'text.pcap': 'no capture' })
  const capture = new StoryExporter()
    .netflow9(1, TEMPLATE9, flows(2))
    .netflow9(1, flows(2))
    .netflow9(1, dataSet(256, BIG))
    .netflow9(1, templateSet(0, 300, FLOW))
    .file()
  writeFileSync(path.join(folder.path, 'exports.pcap'), capture)
  writeFileSync(path.join(folder.path, 'exports.pcap.gz'), gzipSync(capture))
  writeFileSync(path.join(folder.path, 'cut.pcap'), capture.subarray(0, capture.length - 10))
  return folder
}

interface Line {
  readonly time: string
  readonly frame: number
  readonly facts: Readonly<Record<string, unknown>>
}

test('the flows of a capture are listed for people and for programs, all of them or those that match', async () => {
  const folder = folderOf()
  try {
    const options = { cwd: folder.path }
    const table = await runCli(['capture', 'flows', 'exports.pcap.gz', '--limit', '2'], options)
    assert.equal(table.code, 0)
    assert.match(table.stdout, /^END \(UTC\) .*\n.* 198\.51\.100\.1:53 +203\.0\.113\.5:40000 +udp +12 +15000 .*\n.*\n$/)
    assert.match(table.stderr, /5 flows in 4 of 4 packets, 2 of them shown/)
    const lines = await runCli(['capture', 'flows', 'exports.pcap', 'flow.packets > 100', '--ndjson'], options)
    const found = lines.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Line)
    assert.equal(found.length, 1)
    assert.deepEqual([found[0].frame, found[0].time], [3, '2025-12-29T09:20:02.000Z'])
    assert.deepEqual(
      ['ip.src', 'udp.srcport', 'flow.packets', 'flow.exporter', 'flow.protocol'].map((name) => found[0].facts[name]),
      ['198.51.100.1', 53, 5000, '192.0.2.254', 'netflow9'],
    )
    const array = await runCli(['capture', 'flows', 'exports.pcap', '--json'], options)
    assert.equal((JSON.parse(array.stdout) as Line[]).length, 5)
    const none = await runCli(['capture', 'flows', 'exports.pcap', 'tcp.flags.syn', '--json'], options)
    assert.deepEqual([JSON.parse(none.stdout), none.code], [[], 0])
  } finally {
    folder.remove()
  }
})

test('flows that cannot be read or asked are told, with what to do', async () => {
  const folder = folderOf()
  try {
    const options = { cwd: folder.path }
    const cut = await runCli(['capture', 'flows', 'cut.pcap', '--ndjson'], options)
    assert.deepEqual([cut.code, cut.stdout.split('\n').length], [1, 6])
    assert.match(cut.stderr, /byte \d+/)
    assert.equal((await runCli(['capture', 'flows', 'text.pcap'], options)).code, 2)
    for (const [expression, message] of [
      ['http.host == "a"', /cannot be read by flow-telemetry/],
      ['ip.src.country == "DE"', /the collector looks it up[\s\S]*flow\.src\.asnum/],
    ] as const) {
      const refused = await runCli(['capture', 'flows', 'exports.pcap', expression], options)
      assert.equal(refused.code, 2)
      assert.match(refused.stderr, message)
    }
  } finally {
    folder.remove()
  }
})

test('capture filter --flows keeps the datagrams that tell a matching flow, and the templates to read them', async () => {
  const folder = folderOf()
  try {
    const options = { cwd: folder.path }
    const output = path.join(folder.path, 'big.pcap')
    const filter = ['capture', 'filter', 'exports.pcap', 'flow.packets > 100', '--output', output]
    const refused = await runCli(filter, options)
    assert.equal(refused.code, 2)
    assert.match(refused.stderr, /Add --flows/)
    assert.ok(!existsSync(output))
    const kept = await runCli([...filter, '--flows', '--json'], options)
    assert.deepEqual([kept.code, JSON.parse(kept.stdout)], [0, { packets: 4, kept: 3, damage: [] }])
    const again = await runCli(['capture', 'flows', output, 'flow.packets > 100', '--ndjson'], options)
    assert.equal(again.stdout.trimEnd().split('\n').length, 1)
    assert.ok(readFileSync(output).length > 0)
  } finally {
    folder.remove()
  }
})

test('capture analyze shows who exported flows', async () => {
  const folder = folderOf()
  try {
    const shown = await runCli(['capture', 'analyze', 'exports.pcap'], { cwd: folder.path })
    assert.match(
      shown.stdout,
      /Flow exports\n4 datagrams tell 5 flows: 5048 packets, 75000 bytes\nEXPORTER .*\n192\.0\.2\.254 +netflow9 +0 +5 /,
    )
  } finally {
    folder.remove()
  }
})
