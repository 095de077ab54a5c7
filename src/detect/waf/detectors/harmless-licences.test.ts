import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import test from 'node:test'
import { detectSqli, detectXss } from './index.ts'

const LICENCES = '/usr/share/common-licenses'
const skip = existsSync(LICENCES) ? false : `no ${LICENCES}`

test('no line or paragraph of the licences of Debian is taken for an attack', { skip }, () => {
  let values = 0
  for (const file of readdirSync(LICENCES)) {
    const text = readFileSync(path.join(LICENCES, file), 'latin1')
    for (const value of [...text.split('\n'), ...text.split(/\n\s*\n/)]) {
      values++
      for (const found of [detectSqli(value), detectXss(value)]) {
        assert.ok(found === undefined || found.confidence === 'weak', `${file}: ${found?.finding} in ${value}`)
      }
    }
  }
  assert.ok(values > 1_000)
})
