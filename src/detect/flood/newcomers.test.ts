import assert from 'node:assert/strict'
import test from 'node:test'
import { COLUMNS } from './columns.ts'
import { newcomersAmong, sparing } from './newcomers.ts'
import type { SampleRows } from './sample-ring.ts'

const PLACE = (name: string): number => COLUMNS.findIndex((column) => column.name === name)
const SOURCE = PLACE('source')
const PLAYER = 0x5900_0001
const OTHER = 0x5900_0002
const STRANGER = 0x2000_0001

/** Packets of one second: so many of each end, among strays. */
function dropped(packets: Readonly<Record<number, number>>, strays: number): SampleRows {
  const sources = Object.entries(packets).flatMap(([source, count]) => Array<number>(count).fill(Number(source)))
  for (let stray = 0; stray < strays; stray++) sources.push(0x5900_4000 + stray)
  const rows = new Float64Array(sources.length * COLUMNS.length).fill(-1)
  for (const [row, source] of sources.entries()) {
    rows[row * COLUMNS.length + SOURCE] = source
    rows[row * COLUMNS.length + PLACE('sourceNetwork')] = source >>> 16
    rows[row * COLUMNS.length + PLACE('sourcePort')] = 5000
  }
  return { rows, size: sources.length, samples: [], weight: 2, firstMs: 0, lastMs: 1000 }
}

test('who goes on with a conversation among strays is a newcomer', () => {
  assert.deepEqual(newcomersAmong(dropped({ [PLAYER]: 20 }, 400), undefined, 200), [PLAYER])
  assert.deepEqual(newcomersAmong(dropped({ [PLAYER]: 3 }, 400), undefined, 200), [], 'too few packets')
  assert.deepEqual(newcomersAmong(dropped({ [PLAYER]: 200, [OTHER]: 200 }, 50), undefined, 1000), [], 'these are bots')
})

test('only those of familiar networks are, and no more than what is no flood', () => {
  const some = dropped({ [STRANGER]: 20, [PLAYER]: 20, [OTHER]: 90 }, 400)
  assert.deepEqual(newcomersAmong(some, [0x5900], 500), [PLAYER, OTHER])
  assert.deepEqual(newcomersAmong(some, [0x5900], 200), [PLAYER], 'packets stand for two each')
  assert.deepEqual(newcomersAmong(some, [0x5900], 30), [])
})

test('a rule spares each source once, and a rule about sources none', () => {
  const ttl = { column: PLACE('ip.ttl'), ranges: [[60, 70]] as const, isOutside: false }
  const first = sparing([ttl], [OTHER])
  assert.deepEqual(first, [ttl, { column: SOURCE, ranges: [[OTHER, OTHER]], isOutside: true }])
  const ranges = sparing(first ?? [], [PLAYER, OTHER])?.[1].ranges
  assert.deepEqual(ranges, [
    [PLAYER, PLAYER],
    [OTHER, OTHER],
  ])
  assert.equal(sparing(first ?? [], [OTHER]), undefined)
  assert.equal(sparing([{ column: SOURCE, ranges: [[OTHER, OTHER]], isOutside: false }], [PLAYER]), undefined)
})
