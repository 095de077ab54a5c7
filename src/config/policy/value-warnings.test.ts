import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FIELD_BY_NAME } from '#fields'
import { parseExpression } from '#rules'
import { valueWarnings } from './value-warnings.ts'

const CASES: readonly (readonly [text: string, expected: readonly string[]])[] = [
  ['tcp.dstport == 65535 and ip.ttl < 300', []],
  ['tcp.dstport == 70000', ['`tcp.dstport` is from 0 to 65535, never 70000']],
  ['not tcp.dstport in {80 443 80443}', ['`tcp.dstport` is from 0 to 65535, never 80443']],
  ['ip.proto == -1', ['`ip.proto` is from 0 to 255, never -1']],
  ['ct.state == "estblished"', ['`ct.state` is never "estblished"; did you mean `established`?']],
  [
    'ct.state in {"new" "open"}',
    ['`ct.state` is never "open"; it is one of new, established, related, invalid, untracked'],
  ],
]

test('values that no packet has are told', () => {
  for (const [text, expected] of CASES) {
    const parsed = parseExpression(text, { fields: FIELD_BY_NAME, point: 'firewall' })
    assert.ok(parsed.ok, text)
    assert.deepEqual(valueWarnings(parsed.expression), expected, text)
  }
})
