import assert from 'node:assert/strict'
import test from 'node:test'
import { WordTable } from './word-table.ts'

test('words are found in place and in any case, by number', () => {
  const table = new WordTable(['select', 'from', 'http-equiv', 'x'])
  assert.equal(table.find('a SeLeCt b', 2, 8), 1)
  assert.equal(table.find('FROM', 0, 4), 2)
  assert.equal(table.find('HTTP-Equiv', 0, 10), 3)
  assert.equal(table.find('x', 0, 1), 4)
  assert.equal(table.find('selec', 0, 5), 0)
  assert.equal(table.find('selects', 0, 7), 0)
  assert.equal(table.find('', 0, 0), 0)
})

test('a word that stands twice is refused', () => {
  assert.throws(() => new WordTable(['a', 'b', 'a']), /"a" stands twice/)
})
