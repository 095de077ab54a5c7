import assert from 'node:assert/strict'
import test from 'node:test'
import { needsLexing } from './gate.ts'

test('only what can be a fragment of SQL is lexed', () => {
  const cases: readonly [value: string, needed: boolean][] = [
    ['', false],
    ['hello world', false],
    ['12345', false],
    ['12 Main Street', false],
    ['2024-01-31 23:59:59.000', false],
    ['john.doe@example.com', false],
    ['Z\xc3\xbcrich, Schweiz', false],
    ['5 or more', true],
    ['-1 having 1', true],
    ['cats or dogs', false],
    ['selection', true],
    ['x union select y from z', true],
    ['wait--', true],
    ["O'Neil", true],
    ['a=b', true],
    ['(x)', true],
  ]
  for (const [value, needed] of cases) assert.equal(needsLexing(value), needed, value)
})
