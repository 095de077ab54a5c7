import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { WafCoverage } from '#detect'
import { TestClient, withoutTestField } from './test-client.ts'
import { coverageText } from './waf-facts.ts'

const CASES: readonly [coverage: WafCoverage, text: string | undefined][] = [
  [{ inspectedBytes: 0, totalBytes: 0, why: undefined }, undefined],
  [{ inspectedBytes: 0, totalBytes: undefined, why: undefined }, undefined],
  [{ inspectedBytes: 18, totalBytes: 18, why: undefined }, 'inspected all 18 bytes'],
  [{ inspectedBytes: 3072, totalBytes: 3072, why: undefined }, 'inspected all 3 KB'],
  [{ inspectedBytes: 65_536, totalBytes: 921_600, why: 'over the limit' }, 'inspected 64 of 900 KB: over the limit'],
  [
    { inspectedBytes: 3072, totalBytes: 3072, why: 'content coding: corrupt' },
    'inspected a part of 3 KB: content coding: corrupt',
  ],
  [{ inspectedBytes: 5, totalBytes: 9, why: 'cut' }, 'inspected 5 of 9 bytes: cut'],
  [{ inspectedBytes: 2048, totalBytes: undefined, why: undefined }, 'inspected 2 KB of an unknown length'],
]

for (const [coverage, text] of CASES) {
  test(`coverage: ${text}`, () => assert.equal(coverageText(coverage), text))
}

test('the test client is known by its secret, whatever the case of the field', () => {
  const client = new TestClient('grün und geheim')
  const bytes = Buffer.from('grün und geheim').toString('latin1')
  assert.ok(client.isMeant(['Host', 'a', 'TIDEGATE-Test', bytes]))
  assert.ok(!client.isMeant(['Tidegate-Test', 'grün']))
  assert.ok(!client.isMeant(['Tidegate-Test', '']))
  assert.ok(!client.isMeant(['Host', 'a']))
  assert.deepEqual(withoutTestField(['A', '1', 'Tidegate-Test', 'x', 'B', '2', 'tidegate-TEST', 'y']), [
    'A',
    '1',
    'B',
    '2',
  ])
})
