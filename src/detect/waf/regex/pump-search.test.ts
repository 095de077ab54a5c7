import assert from 'node:assert/strict'
import test from 'node:test'
import { crsDirectory, NO_CRS } from '../testing/crs.ts'
import { pumpedValues } from './pump-recipes.ts'
import { pumpSearch, type PumpFinding } from './pump-search.ts'
import { rulePatterns } from './testing/rule-patterns.ts'
import { translateRegex } from './translate.ts'

const skip = crsDirectory() === undefined ? NO_CRS : false
const SIZE_BYTES = 65_536

function described({ id, recipe, steps, growth, cpuMs }: PumpFinding): string {
  const units = recipe.units.slice(0, 3).map((unit) => JSON.stringify(unit))
  return `${id}: ${steps} steps, growth ${growth.toFixed(2)}, ${cpuMs} ms on ${units.join(' ')} in pieces of ${recipe.pieceBytes}`
}

test('values are pumped to their size, whole or in pieces', () => {
  const recipe = { prefix: 'pre', units: ['ab', 'c'], tail: '!' }
  assert.deepEqual(pumpedValues({ ...recipe, pieceBytes: 10 }, 10), ['preabcabc!'])
  assert.deepEqual(pumpedValues({ ...recipe, pieceBytes: 6 }, 10), ['preab!', 'pre!'])
})

test('a search says which input costs most, and how that grows', () => {
  const { findings, searched, inputs } = pumpSearch(
    [
      { id: 'plain', pattern: 'abc' },
      { id: 'irregular', pattern: '(?=(.*))(?:x+y*)+\\1#' },
    ],
    { seed: 1, sizeBytes: 4_096, recipes: 10, limitMs: 20_000 },
  )
  assert.equal(searched, 2)
  assert.ok(inputs > 20)
  const steps = Object.fromEntries(findings.map((finding) => [finding.id, finding.steps]))
  assert.ok(steps.plain < 1_000)
  assert.ok(steps.irregular > 10_000)
})

/*
 * Steps instead of milliseconds, because the machine of a test may be busy: one is some 10 ns, and reading a byte a third of one. The
 * patterns of a paranoia level together must stay below 100 ms, so that none may take more than a few for its first sight of an input.
 */
const REGULAR_STEPS = 2_000_000
/** For patterns with backreferences and the like, of which CRS 3.3 has five. */
const IRREGULAR_STEPS = 10_000_000

test('no pattern of CRS 4 and 3.3 is slow on any of many hostile inputs of 64 KB', { skip }, () => {
  const patterns = rulePatterns()
  const { findings, searched } = pumpSearch(patterns, { seed: 2, sizeBytes: SIZE_BYTES, recipes: 40, limitMs: 60_000 })
  assert.ok(searched > 0)
  const irregular = new Set(patterns.filter(({ pattern }) => !isLinear(pattern)).map(({ id }) => id))
  const slow = findings.filter(({ id, steps }) => steps > (irregular.has(id) ? IRREGULAR_STEPS : REGULAR_STEPS))
  assert.deepEqual(slow.map(described), [])
})

function isLinear(pattern: string): boolean {
  const translated = translateRegex(pattern)
  return translated.ok && translated.linear
}
