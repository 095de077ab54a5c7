import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { referencePages } from '../docs/reference-pages.ts'

for (const [file, text] of referencePages()) {
  test(`${file} is what the source says`, () => {
    assert.equal(readFileSync(file, 'utf8'), text, 'run `npm run docs`')
  })
}
