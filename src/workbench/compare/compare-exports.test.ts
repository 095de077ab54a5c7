import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import test, { type TestContext } from 'node:test'
import { type BuiltField, dataSet, field } from '../../wire/flow-export/testing/build-exports.ts'
import { FLOW, StoryExporter, TEMPLATE9 } from '../capture/exports/testing/export-story.ts'
import { flowLine } from '../capture/exports/flow-line.ts'
import { readExportedFlows } from '../capture/exports/exported-flows.ts'
import { compare } from './compare.ts'
import { openPopulation } from './population/open-population.ts'
import { Dice } from '../waf/dice.ts'

const SERVER = 0xcb00_7105
const DATAGRAMS = 60
const RECORDS = 10

/** The fields of `FLOW` with other values. */
function flowOf(values: Readonly<Record<number, number>>): BuiltField[] {
  return FLOW.map((each) => {
    const value = values[each.element]
    return value === undefined ? each : field(each.element, value, each.bytes.length)
  })
}

/** People who visit a site, and ask a resolver now and then. */
function ordinary(dice: Dice): BuiltField[] {
  const isQuestion = dice.fraction() < 0.1
  const packets = 2 + Math.floor(dice.fraction() * 40)
  return flowOf({
    8: 0xc633_6400 + Math.floor(dice.fraction() * 250),
    12: isQuestion ? 0xcb00_7135 : SERVER,
    7: 30_000 + Math.floor(dice.fraction() * 30_000),
    11: isQuestion ? 53 : 443,
    4: isQuestion ? 17 : 6,
    2: packets,
    1: packets * (60 + Math.floor(dice.fraction() * 900)),
  })
}

/** Answers of time servers to questions that nobody asked. */
function reflected(dice: Dice): BuiltField[] {
  const packets = 100 + Math.floor(dice.fraction() * 400)
  return flowOf({
    8: 0x0a00_0000 + Math.floor(dice.fraction() * 2 ** 24),
    12: SERVER,
    7: 123,
    11: 1024 + Math.floor(dice.fraction() * 60_000),
    4: 17,
    2: packets,
    1: packets * 468,
  })
}

function exportsOf(flow: (dice: Dice) => BuiltField[], seed: number): Buffer {
  const dice = new Dice(seed)
  const exporter = new StoryExporter().netflow9(1, TEMPLATE9)
  for (let sent = 0; sent < DATAGRAMS; sent++) {
    exporter.netflow9(1, dataSet(256, ...Array.from({ length: RECORDS }, () => flow(dice))))
  }
  return exporter.file()
}

function files(context: TestContext): { readonly bad: string; readonly good: string; readonly badEvents: string } {
  const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-exports-'))
  context.after(() => rmSync(folder, { recursive: true, force: true }))
  const [bad, good] = [path.join(folder, 'bad.pcap'), path.join(folder, 'good.pcap')]
  writeFileSync(bad, exportsOf(reflected, 1))
  writeFileSync(good, exportsOf(ordinary, 2))
  return { bad, good, badEvents: path.join(folder, 'bad.ndjson') }
}

test('captures of exports are compared by the flows that they tell', async (context) => {
  const { bad, good } = files(context)
  const report = await compare(await openPopulation(bad), await openPopulation(good))
  assert.deepEqual([report.kind, report.level, report.advice], ['flow', 'flows', 'block'])
  assert.deepEqual([report.bad.rows, report.good.rows], [DATAGRAMS * RECORDS, DATAGRAMS * RECORDS])
  const [{ when, coverage, collateral, points, packets }] = report.filters
  assert.deepEqual([coverage, collateral, packets], [1, 0, undefined], when)
  assert.ok(points.includes('firewall'), points.join())
  assert.doesNotMatch(when, /192\.0\.2\.254|2055/)
})

test('flows of a capture are the same in a file of events', async (context) => {
  const { bad, good, badEvents } = files(context)
  const lines: string[] = []
  await readExportedFlows(bad, (flow, at) => lines.push(JSON.stringify(flowLine(flow, at))))
  writeFileSync(badEvents, `${lines.join('\n')}\n`)
  const report = await compare(await openPopulation(badEvents), await openPopulation(good))
  assert.deepEqual([report.kind, report.bad.rows, report.advice], ['flow', DATAGRAMS * RECORDS, 'block'])
  const ofCapture = await compare(await openPopulation(bad), await openPopulation(good))
  assert.deepEqual(
    report.filters.map(({ when }) => when),
    ofCapture.filters.map(({ when }) => when),
  )
})

test('who wants packets compares packets', async (context) => {
  const { bad, good } = files(context)
  const report = await compare(await openPopulation(bad), await openPopulation(good), { kind: 'packet' })
  assert.deepEqual([report.level, report.bad.rows], ['packets', DATAGRAMS + 1])
})
