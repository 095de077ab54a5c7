import assert from 'node:assert/strict'
import test from 'node:test'
import { compare } from './compare.ts'
import { MemoryPopulation } from './population/memory-population.ts'
import type { FactRow } from './population/fact-row.ts'
import type { Sample } from './population/population.ts'
import type { FilterReport } from './report.ts'
import { GoodHttp } from './testing/good-http.ts'
import { crossJudged } from './unseen.ts'

function row(path: string): FactRow {
  return { timeMicros: undefined, facts: { 'http.request.uri.path': path } }
}

/** A filter that names every bad path that it was shown: what it hits depends on what was searched. */
async function learnByHeart({ rows }: Sample): Promise<readonly FilterReport[]> {
  const paths = [...new Set(rows.map(({ facts }) => `"${String(facts['http.request.uri.path'])}"`))]
  const shares = { coverage: 1, collateral: 0 }
  const counts = { gain: 1, badRows: 1, goodRows: 0, collateralInterval: [0, 1] as const, conjuncts: [], points: [] }
  return [{ when: `http.request.uri.path in {${paths.join(' ')}}`, ...shares, ...counts }]
}

test('filters are judged by the half that was not searched for them', async () => {
  const bad = Array.from({ length: 200 }, (_, n) => row(`/bad/${n}`))
  const good = Array.from({ length: 400 }, (_, n) => row(n % 4 === 0 ? `/bad/${n % 200}` : `/good/${n}`))
  const unseen = await crossJudged({ rows: bad, total: 200 }, { rows: good, total: 400 }, learnByHeart)
  assert.equal(unseen?.rows, 400)
  assert.ok(unseen.collateral > 0.05 && unseen.collateral < 0.2, `${unseen.collateral}`)
  assert.ok(unseen.interval[0] <= unseen.collateral && unseen.interval[1] >= unseen.collateral)
})

test('where nothing is found there is nothing to judge', async () => {
  const side = { rows: [row('/a'), row('/b'), row('/c'), row('/d')], total: 4 }
  assert.equal(await crossJudged(side, side, async () => []), undefined)
})

/** What a tool of its own sends, among ordinary traffic. */
function toolRows(world: GoodHttp, count: number): FactRow[] {
  return world.rows(count).map((each) => ({ ...each, facts: { ...each.facts, 'http.request.method': 'PURGE' } }))
}

test('a report says what its filters hit of rows that were not searched', async () => {
  const world = new GoodHttp(3)
  const bad = new MemoryPopulation(toolRows(world, 800))
  const few = await compare(bad, new MemoryPopulation(world.rows(2_000)), { kind: 'http' })
  assert.equal(few.unseen?.rows, 2_000, 'all rows were searched: each half judges the other')
  const many = await compare(bad, new MemoryPopulation(world.rows(30_000)), { kind: 'http' })
  assert.equal(many.unseen?.rows, 10_000)
  for (const { advice, unseen, why } of [few, many]) {
    assert.deepEqual([advice, unseen?.collateral], ['block', 0])
    assert.match(why, /that the search had not seen 0 % are hit/)
  }
})
