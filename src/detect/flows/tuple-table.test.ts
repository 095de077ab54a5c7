import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { TupleTable } from './tuple-table.ts'

const tuple = fc.tuple(fc.nat(30), fc.nat(30))

test('a table answers as a map does, however rows come and go', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom('add', 'remove'), tuple), { maxLength: 400 }), (changes) => {
      const table = new TupleTable(2, 1, 10_000)
      const rows = new Map<string, number>()
      for (const [change, words] of changes) {
        const key = words.join()
        const wanted = new Uint32Array(words)
        const known = rows.get(key)
        assert.equal(table.find(wanted), known ?? -1)
        if (change === 'add') {
          const row = table.intern(wanted)
          assert.equal(table.isNew, known === undefined)
          if (known !== undefined) assert.equal(row, known)
          rows.set(key, row)
        } else if (known !== undefined) {
          table.remove(known)
          rows.delete(key)
        }
        assert.equal(table.size, rows.size)
      }
      assert.equal(new Set(rows.values()).size, rows.size)
    }),
  )
})

test('a table grows, is full at its limit, and is empty when it was cleared', () => {
  const table = new TupleTable(1, 0, 5000)
  for (let value = 0; value < 5000; value++) assert.equal(table.intern(new Uint32Array([value])), value)
  assert.equal(table.intern(new Uint32Array([9999])), -1)
  assert.equal(table.find(new Uint32Array([4321])), 4321)
  table.clear()
  assert.equal(table.find(new Uint32Array([4321])), -1)
  assert.equal(table.intern(new Uint32Array([4321])), 0)
})
