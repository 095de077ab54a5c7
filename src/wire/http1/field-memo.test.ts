import assert from 'node:assert/strict'
import test from 'node:test'
import { FieldMemo } from './field-memo.ts'
import { createFieldDraft, parseFieldLines } from './fields.ts'

const BLOCKS: readonly [lines: string, why: string][] = [
  ['Host: a.test\r\nAccept: */*\r\n', 'the first block'],
  ['Host: a.test\r\nAccept: */*\r\n', 'the same again'],
  ['Host: b.test\r\nAccept: */*\r\n', 'same length, other bytes'],
  ['Accept: */*\r\n', 'the end of the block before'],
  ['', 'no fields'],
  ['', 'no fields again'],
  ['Host: a.test\r\nbad name: x\r\n', 'a faulty block'],
  ['Host: a.test\r\nbad name: x\r\n', 'a faulty block stays faulty'],
  ['Content-Length: 5\r\n', 'framing'],
  ['Content-Length: 6\r\n', 'other framing'],
  [`X: ${'a'.repeat(5000)}\r\n`, 'too long to keep'],
  [`X: ${'a'.repeat(4999)}b\r\n`, 'too long to keep, other bytes'],
]

test('a memo gives what a fresh parser gives, whatever came before', () => {
  const memo = new FieldMemo()
  for (const [lines, why] of BLOCKS) {
    const text = `GET / HTTP/1.1\r\n${lines}`
    const draft = createFieldDraft()
    const problem = parseFieldLines(text, 16, draft, 128)
    assert.deepEqual(memo.read(text, 16, 128), problem ?? draft, why)
  }
})

test('a repeated block gives the very same fields', () => {
  const memo = new FieldMemo()
  const first = memo.read('GET /a HTTP/1.1\r\nHost: a.test\r\n', 17, 128)
  assert.equal(memo.read('GET /other HTTP/1.1\r\nHost: a.test\r\n', 21, 128), first)
})
