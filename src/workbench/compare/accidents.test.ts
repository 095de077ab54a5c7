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

test('what is the mark of all that somebody marked as bad, and of nothing else, needs few clients', async () => {
  const world = new GoodHttp(7)
  const good = new MemoryPopulation(world.rows(5_000))
  for (const clients of [1, 3]) {
    const bad = world.rows(40).map((row, n): FactRow => {
      const address = 0x0b00_0001 + (n % clients) * 0x0100_0000
      return {
        ...row,
        facts: { ...row.facts, 'ip.src': address, 'tls.ja4': 'scanner', 'http.user_agent': 'scanner/1' },
      }
    })
    const { filters, advice } = await compare(new MemoryPopulation(bad), good)
    assert.equal(advice, 'block', `${clients} clients`)
    assert.deepEqual([filters.length, filters[0].coverage, filters[0].collateral], [1, 1, 0])
    // The same clients are told by nothing but themselves when they are like all others.
    const alike = bad.map(({ facts, ...row }): FactRow => {
      const { facts: usual } = world.row()
      return { ...row, facts: { ...usual, 'ip.src': facts['ip.src'] } }
    })
    const { filters: none } = await compare(new MemoryPopulation(alike), good)
    assert.ok(
      none.every(({ when }) => when.startsWith('ip.src in ')),
      none[0]?.when,
    )
  }
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
