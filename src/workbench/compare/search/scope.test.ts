import assert from 'node:assert/strict'
import test from 'node:test'
import { compare } from '../compare.ts'
import type { FactRow } from '../population/fact-row.ts'
import { MemoryPopulation } from '../population/memory-population.ts'

const ROWS = 3_000

function rows(factsOf: (n: number) => FactRow['facts']): MemoryPopulation {
  return new MemoryPopulation(
    Array.from({ length: ROWS }, (_, n) => ({ timeMicros: undefined, facts: { 'ip.src': n * 7919, ...factsOf(n) } })),
  )
}

const GOOD = rows((n) => ({
  'http.request.uri.path': ['/', '/cart', '/pay', `/p/${n}`][n % 4],
  'http.user_agent': `Browser/${100 + (n % 20)}`,
  'tls.ja4': `t13d1516h2_${n % 3}`,
}))

const CASES: readonly (readonly [(n: number) => FactRow['facts'], string, string])[] = [
  [
    () => ({ 'http.request.uri.path': '/pay', 'http.user_agent': 'Browser/99', 'tls.ja4': 't13d1516h2_1' }),
    'http.request.uri.path == "/pay" and http.user_agent == "Browser/99"',
    'other clients of that name go elsewhere',
  ],
  [
    (n) => ({
      'http.request.uri.path': ['/', '/cart', '/pay'][n % 3],
      'http.user_agent': 'Browser/99',
      'tls.ja4': 't13d1516h2_1',
    }),
    'http.user_agent == "Browser/99"',
    'it goes everywhere',
  ],
  [
    (n) => ({
      'http.request.uri.path': '/pay',
      'http.user_agent': `Browser/${100 + (n % 20)}`,
      'tls.ja4': 't13d_tool',
    }),
    'tls.ja4 == "t13d_tool"',
    'a fingerprint says enough',
  ],
]

test('what many clients share is kept to what is attacked', async () => {
  for (const [factsOf, expected, why] of CASES) {
    const { filters } = await compare(rows(factsOf), GOOD, { kind: 'http' })
    assert.deepEqual(
      filters.map(({ when }) => when),
      [expected],
      why,
    )
  }
})
