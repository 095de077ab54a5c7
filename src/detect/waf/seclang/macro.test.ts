import assert from 'node:assert/strict'
import test from 'node:test'
import { compileMacro } from './macro.ts'
import { parseSetVar } from './set-var.ts'

const MACROS: readonly (readonly [text: string, parts: readonly unknown[], why: string])[] = [
  ['', [], 'nothing'],
  ['plain', ['plain'], 'no reference'],
  ['%{MATCHED_VAR}', [{ name: 'MATCHED_VAR', key: undefined }], 'one reference'],
  ['a%{tx.Score}b', ['a', { name: 'TX', key: 'score' }, 'b'], 'names in any case'],
  [
    '%{ip.x}%{TX:y}',
    [
      { name: 'IP', key: 'x' },
      { name: 'TX', key: 'y' },
    ],
    'a colon as well as a dot',
  ],
  ['%{tx.a.b-c}', [{ name: 'TX', key: 'a.b-c' }], 'only the first dot divides'],
  ['100%{', ['100%{'], 'not closed'],
  ['%{}%{a b}%u', ['%{}%{a b}%u'], 'no names'],
  ['%{%{tx.a}', ['%{', { name: 'TX', key: 'a' }], 'an opening that is none'],
]

test('texts are split at their references', () => {
  for (const [text, parts, why] of MACROS) assert.deepEqual(compileMacro(text).parts, parts, why)
})

const SET_VARS: readonly (readonly [text: string, expected: readonly unknown[] | undefined])[] = [
  ['tx.score=5', ['TX', 'score', 'set', '5']],
  ['tx.score=+%{tx.five}', ['TX', 'score', 'add', undefined]],
  ['TX:score=-1', ['TX', 'score', 'subtract', '1']],
  ['!ip.seen', ['IP', 'seen', 'remove', '1']],
  ['tx.flag', ['TX', 'flag', 'set', '1']],
  ['tx.empty=', ['TX', 'empty', 'set', '']],
  ['tx.%{MATCHED_VAR_NAME}=x', ['TX', undefined, 'set', 'x']],
  ['tx.a=b=c', ['TX', 'a', 'set', 'b=c']],
  ['score=5', undefined],
  ['!tx.a=1', undefined],
  ['tx.', undefined],
]

test('setvar is read', () => {
  for (const [text, expected] of SET_VARS) {
    const read = parseSetVar(text)
    const shown =
      read === undefined ? undefined : [read.collection, read.key.constant, read.operation, read.value.constant]
    assert.deepEqual(shown, expected, text)
  }
})
