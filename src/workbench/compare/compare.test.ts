import assert from 'node:assert/strict'
import test from 'node:test'
import { FIELD_BY_NAME } from '#fields'
import { fieldsOf, parseExpression } from '#rules'
import { compare } from './compare.ts'
import { useOfField } from './field-use.ts'
import { MemoryPopulation } from './population/memory-population.ts'
import type { CompareReport } from './report.ts'
import { DNS_MIXES } from './testing/dns-mixes.ts'
import { GoodHttp } from './testing/good-http.ts'
import { HTTP_MIXES } from './testing/http-mixes.ts'
import { implantedMix } from './testing/implanted-mixes.ts'
import { judgeMix, predicateOf, sharesOf } from './testing/judge-mix.ts'
import type { Mix } from './testing/mix.ts'
import { FLOW_MIXES, PACKET_MIXES } from './testing/packet-mixes.ts'
import { WINDOW_MIXES } from './testing/window-mixes.ts'

const START_MICROS = 1_795_300_000_000_000
const SIZE = { badRows: 4_000, goodRows: 8_000 }
const MIXES: readonly Mix[] = [...HTTP_MIXES, ...PACKET_MIXES, ...FLOW_MIXES, ...DNS_MIXES]

/** More rows than are searched, so that seeds choose different ones. */
const SAMPLED_SIZE = { badRows: 12_000, goodRows: 24_000 }

function run(mix: Mix, seed: number, sampleSeed: number): Promise<CompareReport> {
  const { bad, good } = mix.make(seed, SAMPLED_SIZE.badRows, SAMPLED_SIZE.goodRows)
  const { kind, labels } = mix
  return compare(new MemoryPopulation(bad), new MemoryPopulation(good), { kind, labels, seed: sampleSeed })
}

for (const mix of MIXES) {
  test(`${mix.kind}: ${mix.name}`, async () => {
    const { report, coverage, collateral, conditions, knownConditions } = await judgeMix(mix, 21, SIZE)
    const shown = report.filters.map(({ when }) => when).join('\n')
    if (mix.known.length === 0) {
      assert.equal(shown, '')
      assert.ok(report.advice === 'challenge' || report.advice === 'rate_limit', report.advice)
      return
    }
    assert.ok(coverage >= 0.99, `${coverage} of the attack: ${shown}`)
    assert.ok(collateral <= 0.003, `${collateral} of the good rows: ${shown}`)
    assert.ok(conditions <= knownConditions + 1, `${conditions} conditions: ${shown}`)
    checkReport(report, mix, 21)
  })
}

/** The numbers of a report are those of its texts, and its filters can be enforced where it says. */
function checkReport(report: CompareReport, mix: Mix, seed: number): void {
  const { bad, good } = mix.make(seed, SIZE.badRows, SIZE.goodRows)
  const whens = report.filters.map(({ when }) => when)
  assert.deepEqual({ bad: report.bad.rows, good: report.good.rows }, { bad: bad.length, good: good.length })
  for (const filter of report.filters) {
    const predicate = predicateOf(filter.when)
    assert.equal(bad.filter(predicate).length, filter.badRows, filter.when)
    assert.equal(good.filter(predicate).length, filter.goodRows, filter.when)
    assert.ok(filter.points.length > 0, filter.when)
    for (const point of filter.points) {
      const options = { fields: FIELD_BY_NAME, stage: 'request' as const }
      const parsed = parseExpression(
        filter.when,
        point === 'dns' ? options : { ...options, point: point as 'firewall' },
      )
      assert.ok(parsed.ok, `${point}: ${filter.when}`)
      for (const name of fieldsOf(parsed.expression)) {
        assert.equal(useOfField(FIELD_BY_NAME.get(name)!, mix.kind).use, 'filter', name)
      }
    }
  }
  const together = sharesOf(whens, { bad, good })
  assert.ok(Math.abs(together.coverage - report.together.coverage) < 1e-6)
  assert.ok(Math.abs(together.collateral - report.together.collateral) < 1e-6)
}

test('values that are common by themselves, and mark an attack where they meet', async () => {
  for (const kind of ['http', 'packet'] as const) {
    const mix = implantedMix(kind, 2, 1)
    const { report, coverage, collateral, conditions } = await judgeMix(mix, 5, SIZE)
    assert.ok(coverage >= 0.99 && collateral <= 0.003 && conditions <= 3, report.filters[0]?.when)
  }
})

test('the same filters come out of other samples', async () => {
  for (const name of ['login flood of browsers', 'three vectors', 'DNS amplification', 'behind four random bytes']) {
    const mix = MIXES.find((each) => each.name.includes(name))!
    const [one, other] = await Promise.all([1, 2].map((sampleSeed) => run(mix, 4, sampleSeed)))
    assert.deepEqual(
      one.filters.map(({ when }) => when),
      other.filters.map(({ when }) => when),
    )
  }
})

test('a window without labels', async () => {
  for (const mix of WINDOW_MIXES.filter(({ name }) => /^(?:20|25|40) %|nothing/.test(name))) {
    const { report, coverage, collateral } = await judgeMix(mix, 9, { badRows: 8_000, goodRows: 12_000 })
    if (mix.known.length === 0) {
      assert.deepEqual([report.advice, report.filters.length], ['none', 0], mix.name)
      continue
    }
    assert.ok(coverage >= 0.95 && collateral <= 0.003, `${mix.name}: ${coverage} ${collateral}`)
    const attacks = mix.make(9, 8_000, 12_000).bad.filter((_, row) => row < 8_000 * 0.2).length
    assert.ok(report.excess!.rows > attacks * 0.7 && report.excess!.rows < attacks * 2.6, mix.name)
  }
})

test('few rows give no filter by chance', async () => {
  for (const seed of [1, 2, 3]) {
    const world = new GoodHttp(seed)
    const report = await compare(new MemoryPopulation(world.rows(150)), new MemoryPopulation(world.rows(300)))
    assert.deepEqual(report.filters, [], report.filters[0]?.when)
  }
})

test('a clear rate is proposed where nothing else tells the sides apart', async () => {
  const world = new GoodHttp(8)
  const visitors = world.visitors.slice(0, 12)
  const bad = Array.from({ length: 6_000 }, (_, n) => {
    const visitor = visitors[n % visitors.length]
    return {
      ...world.row(),
      timeMicros: START_MICROS + n * 20_000,
      facts: { ...world.row().facts, 'ip.src': visitor.address },
    }
  })
  const report = await compare(new MemoryPopulation(bad), new MemoryPopulation(world.rows(8_000)), { kind: 'http' })
  assert.equal(report.filters[0]?.when, undefined)
  assert.equal(report.advice, 'rate_limit')
  assert.deepEqual(report.rate?.key, ['ip.src'])
  assert.ok(report.rate.coverage > 0.5 && report.rate.collateral < 0.001)
})

test('rows of one side only are refused', async () => {
  const rows = new MemoryPopulation(new GoodHttp(1).rows(10))
  await assert.rejects(compare(rows, new MemoryPopulation([])), { code: 'ERR_QUERY_INVALID' })
  await assert.rejects(compare(new MemoryPopulation([]), rows), { code: 'ERR_QUERY_INVALID' })
})
