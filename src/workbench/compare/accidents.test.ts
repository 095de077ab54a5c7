import assert from 'node:assert/strict'
import test from 'node:test'
import { compare } from './compare.ts'
import { MemoryPopulation } from './population/memory-population.ts'
import type { FactRow } from './population/fact-row.ts'
import { GoodHttp } from './testing/good-http.ts'

const LABELS = ['trusted', 'window'] as const

test('what a few clients happen to share is no filter, however many rows they have', async () => {
  const sizes = [
    [2_000, 200],
    [200, 2_000],
  ] as const
  for (const clients of [10, 60]) {
    // Both sides are visitors of one site, but others on each.
    const world = new GoodHttp(1, 2 * clients)
    const isFirst = new Map(
      world.visitors.map(({ address }, at) => [address as FactRow['facts'][string], at % 2 === 0]),
    )
    const rows = world.rows(10_000)
    const some = rows.filter(({ facts }) => isFirst.get(facts['ip.src']) === true)
    const others = rows.filter(({ facts }) => isFirst.get(facts['ip.src']) === false)
    for (const [bad, good] of sizes) {
      assert.ok(some.length > bad && others.length > good)
      const sides = [new MemoryPopulation(some.slice(0, bad)), new MemoryPopulation(others.slice(0, good))] as const
      for (const labels of LABELS) {
        const { filters } = await compare(...sides, { kind: 'http', labels })
        const shown = `${clients} clients, ${bad} and ${good} rows, ${labels}: ${filters[0]?.when}`
        assert.equal(filters.length, 0, shown)
      }
    }
  }
})

test('few clients that send more than all others are told by what they share', async () => {
  const world = new GoodHttp(3)
  const [tool] = world.rows(1)
  const bad = Array.from({ length: 4_000 }, (_, n): FactRow => {
    const row = world.row()
    return { ...row, facts: { ...row.facts, 'ip.src': 0x0b00_0001 + (n % 3) * 0x0100_0000, 'tls.ja4': 'scraper' } }
  })
  assert.notEqual(tool.facts['tls.ja4'], 'scraper')
  const { filters, advice } = await compare(new MemoryPopulation(bad), new MemoryPopulation(world.rows(8_000)))
  assert.deepEqual([advice, filters[0]?.when], ['block', 'tls.ja4 == "scraper"'])
})

/** Rows of which every sixth asks for a page that was not there before. */
function withNewPage(rows: readonly FactRow[]): FactRow[] {
  const path = '/live/final'
  return rows.map((row, at) => {
    if (at % 6 !== 0) return row
    return { ...row, facts: { ...row.facts, 'http.request.uri.path': path, 'raw.http.request.uri.path': path } }
  })
}

test('in a window visitors of a new page are no attack, and an attack beside them is found', async () => {
  const world = new GoodHttp(5)
  const good = new MemoryPopulation(world.rows(12_000))
  const crowd = withNewPage(world.rows(8_000))
  const quiet = await compare(new MemoryPopulation(crowd), good, { labels: 'window' })
  assert.deepEqual(quiet.filters, [])
  const attack = world.rows(1_200).map((row) => ({ ...row, facts: { ...row.facts, 'tls.ja4': 'flooder' } }))
  const { filters } = await compare(new MemoryPopulation([...crowd, ...attack]), good, { labels: 'window' })
  assert.deepEqual(
    filters.map(({ when }) => when),
    ['tls.ja4 == "flooder"'],
  )
})
