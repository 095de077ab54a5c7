import assert from 'node:assert/strict'
import test from 'node:test'
import { parseIp } from '../ip.ts'
import { FlowExportDecoder } from './decoder.ts'
import { type BuiltField, dataSet, field, ipfix, netflow9, sflow5, templateSet } from './testing/build-exports.ts'

const SENDER = parseIp('192.0.2.200')!
const FLOW: readonly BuiltField[] = [field(8, 1, 4), field(12, 2, 4), field(2, 12, 4)]
const OTHER = [...FLOW, field(1, 15_000, 8)]

interface Heard {
  readonly decoder: FlowExportDecoder
  readonly lines: string[]
  records: number
}

function listener(): Heard {
  const lines: string[] = []
  const heard: Heard = {
    decoder: new FlowExportDecoder(() => heard.records++, [], {
      onMessage: (stream, { sequence, domain, fault, uptimeMs }) =>
        lines.push(`message ${sequence} of ${domain} at ${uptimeMs} ${fault ?? 'whole'} restarts ${stream.restarts}`),
      onTemplate: (_, { id, fields }, previous) =>
        lines.push(`template ${id} of ${fields.length} fields, before ${previous?.fields.length ?? 'none'}`),
      onMissingTemplate: (_, id) => lines.push(`no template ${id}`),
      onSamplingChange: (_, before, after) => lines.push(`1:${before} to 1:${after}`),
    }),
    lines,
    records: 0,
  }
  return heard
}

test('an observer hears of templates, of data without, and of every message', () => {
  const { decoder, lines } = listener()
  const send = (sequence: number, uptimeMs: number, ...sets: readonly Buffer[]): void => {
    decoder.decode(netflow9({ timeSeconds: 1, sequence, uptimeMs, domain: 3 }, ...sets), SENDER, 0)
  }
  send(1, 50_000, dataSet(256, FLOW))
  send(2, 51_000, templateSet(0, 256, FLOW), dataSet(256, FLOW))
  send(3, 52_000, templateSet(0, 256, OTHER))
  send(1, 10, templateSet(0, 256, OTHER))
  send(2, 1000, Buffer.from('0000ffff', 'hex'))
  assert.deepEqual(lines, [
    'no template 256',
    'message 1 of 3 at 50000 whole restarts 0',
    'template 256 of 3 fields, before none',
    'message 2 of 3 at 51000 whole restarts 0',
    'template 256 of 4 fields, before 3',
    'message 3 of 3 at 52000 whole restarts 0',
    'message 1 of 3 at 10 whole restarts 1',
    'message 2 of 3 at 1000 set restarts 1',
  ])
  assert.equal(decoder.counters()[0].lost, 0)
})

test('an uptime counter that begins anew after 49.7 days is no restart', () => {
  const { decoder, lines } = listener()
  for (const uptimeMs of [2 ** 32 - 3000, 2 ** 32 - 1, 2000]) {
    decoder.decode(netflow9({ timeSeconds: 1, uptimeMs }, templateSet(0, 256, FLOW)), SENDER, 0)
  }
  assert.match(lines.at(-1) ?? '', /restarts 0$/)
})

test('sessions count for themselves, and share templates only where one has none of its own', () => {
  const heard = listener()
  const { decoder } = heard
  const send = (session: string, sequence: number, ...sets: readonly Buffer[]): void => {
    decoder.decode(ipfix({ timeSeconds: 1, sequence }, ...sets), SENDER, 0, session)
  }
  send('a', 0, templateSet(2, 256, FLOW), dataSet(256, FLOW))
  send('b', 700, dataSet(256, FLOW, FLOW))
  assert.equal(heard.records, 3)
  send('b', 702, templateSet(2, 256, OTHER), dataSet(256, OTHER))
  send('a', 1, dataSet(256, FLOW))
  assert.equal(heard.records, 5)
  assert.deepEqual(
    decoder.counters().map(({ lost, withoutTemplate }) => [lost, withoutTemplate]),
    [
      [0, 0],
      [0, 0],
    ],
  )
})

test('the agent of sFlow is the exporter, and its head says when it started', () => {
  const { decoder, lines } = listener()
  assert.equal(decoder.decode(sflow5({ sequence: 9 }), SENDER, 0), 'read')
  assert.deepEqual(lines, ['message 9 of 0 at 1000 whole restarts 0'])
  assert.equal(decoder.counters()[0].exporter, '192.0.2.200 sflow5 192.0.2.9 0')
})
