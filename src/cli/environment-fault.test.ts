import assert from 'node:assert/strict'
import { openSync, writeSync } from 'node:fs'
import { test } from 'node:test'
import { environmentRemedy } from './environment-fault.ts'

test('a full disk is no fault of Tidegate, and says what to do', () => {
  const full = openSync('/dev/full', 'w')
  assert.throws(
    () => writeSync(full, 'text'),
    (error: unknown) => /Make room on the disk/.test(environmentRemedy(error) ?? ''),
  )
})

test('what says nothing of the machine stays an internal error', () => {
  assert.equal(environmentRemedy(new TypeError('undefined is not a function')), undefined)
  assert.equal(environmentRemedy('text'), undefined)
})
