import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import test, { type TestContext } from 'node:test'
import { dataSet, field, ipfix, netflow9 } from '../../../wire/flow-export/testing/build-exports.ts'
import { ethernet, ipv4, segment, udp } from '../../../wire/packet/testing/index.ts'
import { Story } from '../../findings/testing/dialogue.ts'
import { analyzeBytes } from '../analysis/analyze-capture.ts'
import { readExportedFlows } from './exported-flows.ts'
import { flowLine, type FlowLine } from './flow-line.ts'
import { FLOW, flows, STORY_SECONDS, StoryExporter, TEMPLATE9, TEMPLATE_IPFIX } from './testing/export-story.ts'

const UDP = 17

async function linesOf(context: TestContext, capture: Buffer): Promise<FlowLine[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-flows-'))
  context.after(() => rmSync(folder, { recursive: true, force: true }))
  const file = path.join(folder, 'exports.pcap')
  writeFileSync(file, capture)
  const lines: FlowLine[] = []
  await readExportedFlows(file, (flow, at) => lines.push(flowLine(flow, at)))
  return lines
}

/** One message in two fragments, the second one first. */
function fragmented(): Buffer {
  const message = ipfix({ timeSeconds: STORY_SECONDS }, TEMPLATE_IPFIX, flows(40))
  const addresses = { source: '192.0.2.254', destination: '192.0.2.55' }
  const whole = ipv4(addresses, udp({ sourcePort: 4000, destinationPort: 4739, payload: message })).subarray(20)
  const part = (start: number, end: number): Buffer => {
    const header = { ...addresses, id: 7, moreFragments: end < whole.length, fragmentOffsetBytes: start }
    return ethernet(ipv4(header, segment(UDP, whole.subarray(start, end))))
  }
  return new Story().frame(part(800, whole.length)).frame(part(0, 800)).file()
}

test('a datagram that came in fragments tells its flows once', async (context) => {
  const lines = await linesOf(context, fragmented())
  assert.deepEqual([lines.length, lines[0].frame, lines[0].facts['flow.protocol']], [40, 2, 'ipfix'])
  const { exports, findings } = await analyzeBytes(fragmented())
  assert.deepEqual([exports?.records, exports?.datagrams, exports?.cutDatagrams, findings], [40, 1, 0, []])
})

test('a datagram that was captured twice tells its flows once', async (context) => {
  const head = { timeSeconds: STORY_SECONDS, sequence: 5 }
  const datagram = netflow9(head, TEMPLATE9, flows(3))
  const twice = (): Buffer => {
    const from = { address: '192.0.2.254', port: 4000, timeToLive: 64 }
    const to = { address: '192.0.2.55', port: 2055, timeToLive: 64 }
    const story = new Story().udp(from, to, datagram).udp(from, to, datagram).wait(30)
    return story.udp(from, to, netflow9({ ...head, sequence: 6 }, flows(2))).file()
  }
  assert.equal((await linesOf(context, twice())).length, 5)
  const { exports, findings } = await analyzeBytes(twice())
  assert.deepEqual([exports?.records, exports?.datagrams, exports?.repeatedDatagrams, findings], [5, 2, 1, []])
})

test('a line is of when the flow ended, or was captured where the exporter does not know', async (context) => {
  const timed = [...FLOW, field(152, (STORY_SECONDS - 9) * 1000, 8), field(153, (STORY_SECONDS - 5) * 1000, 8)]
  const wrong = [...FLOW, field(152, 1000, 8), field(153, 2000, 8)]
  const template = (fields: typeof FLOW): Buffer =>
    Buffer.concat([
      Buffer.from([0, 2, 0, 8 + fields.length * 4, 1, 0, 0, fields.length]),
      ...fields.map(({ element, bytes }) => Buffer.from([0, element, 0, bytes.length])),
    ])
  const message = (sequence: number, fields: typeof FLOW): Buffer =>
    ipfix({ timeSeconds: STORY_SECONDS + sequence, sequence }, template(fields), dataSet(256, fields))
  const exporter = new StoryExporter().send(message(0, timed)).send(message(1, wrong))
  const lines = await linesOf(context, exporter.file())
  assert.deepEqual(
    lines.map(({ time, facts }) => [time, facts['flow.duration']]),
    [
      ['2025-12-29T09:19:55.000Z', 4000],
      ['2025-12-29T09:20:01.000Z', 1000],
    ],
  )
})
