import assert from 'node:assert/strict'
import test from 'node:test'
import { parseIp } from '#wire'
import { COLUMNS } from './columns.ts'
import { conditionText, fulfils } from './condition.ts'
import { familiarNetworks, isFamiliar, strangersTo } from './familiar-sources.ts'

const PLACE = (name: string): number => COLUMNS.findIndex((column) => column.name === name)

function rowsFrom(sources: readonly number[]): { readonly rows: Float64Array; readonly size: number } {
  const rows = new Float64Array(sources.length * COLUMNS.length).fill(-1)
  for (const [row, source] of sources.entries()) {
    rows[row * COLUMNS.length + PLACE('source')] = source
    rows[row * COLUMNS.length + PLACE('sourceNetwork')] = source >>> 16
  }
  return { rows, size: sources.length }
}

const address = (text: string): number => parseIp(text) as number
const many = (count: number, sourceOf: (index: number) => number): number[] =>
  Array.from({ length: count }, (_, index) => sourceOf(index))
const twoNetworks = (index: number): number => address(index % 2 === 0 ? '89.0.0.0' : '203.7.0.0') + index

test('networks are familiar when enough good packets of the destination come from few of them', () => {
  const enough = rowsFrom(many(400, twoNetworks))
  const networks = familiarNetworks({ ...enough, source: 'destination' })
  assert.deepEqual(networks, [89 * 256, 203 * 256 + 7])
  assert.equal(isFamiliar(networks, enough.rows, 1), true)
  assert.equal(isFamiliar(networks, rowsFrom([address('9.9.9.9')]).rows, 0), false)
  assert.equal(familiarNetworks({ ...rowsFrom(many(100, twoNetworks)), source: 'destination' }), undefined, 'too few')
  assert.equal(familiarNetworks({ ...enough, source: 'everywhere' }), undefined, 'others have other clients')
  const anybody = rowsFrom(many(600, (index) => address('10.0.0.0') + (index % 200) * 0x1_0000))
  assert.equal(familiarNetworks({ ...anybody, source: 'destination' }), undefined, 'they come from anywhere')
})

test('networks of people who are the only ones of theirs say nothing about the next', () => {
  const alone = (people: number) => rowsFrom(many(600, (index) => address('20.0.0.1') + (index % people) * 0x1_0000))
  assert.equal(familiarNetworks({ ...alone(30), source: 'destination' }), undefined)
  assert.equal(familiarNetworks({ ...alone(3), source: 'destination' })?.length, 3, 'a few are machines that are known')
})

test('a network that one packet came from is not familiar', () => {
  const rows = rowsFrom([...many(400, twoNetworks), address('9.9.9.9')])
  assert.equal(familiarNetworks({ ...rows, source: 'destination' })?.includes(9 * 256 + 9), false)
})

test('strangers are all but those who send again and again', () => {
  const players = many(300, (index) => address('89.0.0.1') + (index % 3))
  const strangers = strangersTo(rowsFrom([...players, ...many(100, (index) => address('20.0.0.0') + index)]), [])
  assert.ok(strangers)
  assert.equal(strangers.share, 0.25)
  assert.equal(fulfils(strangers.condition, address('89.0.0.2')), false)
  assert.equal(fulfils(strangers.condition, address('20.0.0.5')), true)
  const text = conditionText(strangers.condition, { class: 'udp', isIpv4: true })
  assert.equal(text, 'not ip.src in {89.0.0.1 89.0.0.2 89.0.0.3}')
  const joined = strangersTo(rowsFrom(players), [[address('20.0.0.7'), 9]])
  assert.equal(fulfils(joined?.condition ?? strangers.condition, address('20.0.0.7')), false, 'he came just before')
  assert.equal(strangersTo(rowsFrom(many(50, (index) => address('20.0.0.0') + index)), []), undefined)
})

test('networks are written as prefixes', () => {
  const condition = {
    column: PLACE('sourceNetwork'),
    ranges: [[89 * 256, 89 * 256] as const, [10, 12] as const],
    isOutside: false,
  }
  const v4 = conditionText(condition, { class: 'syn', isIpv4: true })
  assert.equal(v4, 'ip.src in {89.0.0.0/16 0.10.0.0..0.12.255.255}')
  const single = { ...condition, ranges: [[0x2001_0db8, 0x2001_0db8] as const], isOutside: true }
  assert.equal(conditionText(single, { class: 'syn', isIpv4: false }), 'not ip.src in {2001:db8::/32}')
})
