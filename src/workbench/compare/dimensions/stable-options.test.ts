import assert from 'node:assert/strict'
import test from 'node:test'
import { stableBytes } from './stable-options.ts'

const CASES: readonly (readonly [string, readonly number[], number, string])[] = [
  ['tcp.options', [2, 4, 5, 180], 4, 'a segment size'],
  ['tcp.options', [2, 4, 5, 180, 4, 2, 8, 10, 1, 2, 3, 4, 0, 0, 0, 0, 1, 3, 3, 7], 8, 'a SYN of Linux'],
  ['tcp.options', [1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8], 4, 'time stamps of a connection'],
  ['tcp.options', [1, 1, 5, 10, 1, 2, 3, 4, 5, 6, 7, 8], 4, 'sequence numbers of selective acknowledgements'],
  ['tcp.options', [34, 10, 1, 2, 3, 4, 5, 6, 7, 8], 2, 'a cookie of fast open'],
  ['tcp.options', [0, 99, 99], 1, 'what stands behind the end'],
  ['tcp.options', [2, 0, 1, 1], 2, 'a length that cannot be'],
  ['tcp.options', [], 0, 'no options'],
  ['ip.options', [148, 4, 0, 0], 4, 'router alert'],
  ['ip.options', [68, 12, 5, 0, 1, 2, 3, 4, 5, 6, 7, 8], 2, 'a time stamp'],
]

test('bytes of options that are no clock, number or key', () => {
  for (const [operand, bytes, expected, why] of CASES) {
    assert.equal(stableBytes(operand, Buffer.from(bytes).toString('latin1')), expected, why)
  }
})
