import assert from 'node:assert/strict'
import test from 'node:test'
import { rulePatterns } from '../../../src/detect/waf/regex/testing/rule-patterns.ts'
import { crsDirectory, NO_CRS } from '../../../src/detect/waf/testing/crs.ts'
import { described, hostileRecipes, type HostileTarget, measureHostile } from './hostile-search.ts'

const directory = crsDirectory()

/*
 * The goals are 100 ms at paranoia 1 and 250 ms at paranoia 4. What is allowed here is three times as much CPU time, because the
 * machine of a test may be busy and share its caches; blow-ups that the search is for are far beyond that.
 */
const TARGETS: readonly (HostileTarget & { readonly limitMs: number })[] = [
  { directory: undefined, paranoia: 1, limitMs: 300 },
  { directory, paranoia: 1, limitMs: 300 },
  { directory, paranoia: 4, limitMs: 750 },
]

test('no request of 64 KB is slow, whatever it is made of', { skip: directory === undefined ? NO_CRS : false }, (t) => {
  const recipes = hostileRecipes({ patterns: rulePatterns([directory]), seed: 20_260, limitMs: 20_000, count: 8 })
  for (const target of TARGETS) {
    const findings = measureHostile(target, recipes)
    assert.ok(findings.length > 100)
    t.diagnostic(`paranoia ${target.paranoia}: ${described(findings[0])}`)
    assert.deepEqual(findings.filter(({ nextMs }) => nextMs > target.limitMs).map(described), [])
  }
})
