import assert from 'node:assert/strict'
import test from 'node:test'
import { buildDimensions } from '../dimensions/build-dimensions.ts'
import { scalesOf } from '../scales.ts'
import { DNS_MIXES } from '../testing/dns-mixes.ts'
import { HTTP_MIXES } from '../testing/http-mixes.ts'
import { predicateOf } from '../testing/judge-mix.ts'
import type { Mix } from '../testing/mix.ts'
import { PACKET_MIXES } from '../testing/packet-mixes.ts'
import { findCandidates } from './find-candidates.ts'

/** Mixes whose attacks differ in texts, numbers, addresses, lists and payloads. */
const MIXES: readonly Mix[] = [...HTTP_MIXES, ...PACKET_MIXES, ...DNS_MIXES]

test('a candidate holds for exactly the rows for which its text holds', async () => {
  let candidatesSeen = 0
  for (const mix of MIXES) {
    const { bad, good } = mix.make(3, 300, 600)
    const rows = [...bad, ...good]
    const counts = { bad: bad.length, good: good.length }
    const dimensions = await buildDimensions(rows, counts, mix.kind)
    const scales = scalesOf(dimensions, counts, 'trusted')
    for (const dimension of dimensions) {
      for (const { when, members, bad: badRows, good: goodRows } of findCandidates(dimension, scales)) {
        candidatesSeen++
        const predicate = predicateOf(when)
        const hits = rows.map((row) => predicate(row))
        assert.deepEqual(
          hits,
          Array.from(dimension.codes, (code) => members[code] === 1),
          `${mix.name}: ${when}`,
        )
        assert.equal(hits.slice(0, counts.bad).filter(Boolean).length, badRows, when)
        assert.equal(hits.slice(counts.bad).filter(Boolean).length, goodRows, when)
      }
    }
  }
  assert.ok(candidatesSeen > 2_000, `${candidatesSeen} candidates`)
})
