import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { PersistentCollections } from './persistent-collections.ts'
import { compileText, Judge } from './testing/judge-request.ts'

describe('PersistentCollections', () => {
  it('keeps variables apart by collection and key', () => {
    const collections = new PersistentCollections()
    collections.set('IP', 'a', 'n', 1)
    assert.equal(collections.get('IP', 'a', 'n'), 1)
    assert.equal(collections.get('IP', 'b', 'n'), undefined)
    assert.equal(collections.get('USER', 'a', 'n'), undefined)
    collections.set('IP', 'a', 'n', undefined)
    assert.equal(collections.get('IP', 'a', 'n'), undefined)
  })

  it('lets variables and unused records go in time', () => {
    let nowMs = 0
    const collections = new PersistentCollections({ idleMs: 1000 }, () => nowMs)
    collections.set('IP', 'a', 'n', 1)
    collections.set('IP', 'a', 'm', 1)
    collections.expire('IP', 'a', 'n', 500)
    nowMs = 600
    assert.deepEqual([...collections.entries('IP', 'a')], [['m', 1]])
    nowMs = 1700
    assert.equal(collections.get('IP', 'a', 'm'), undefined)
  })

  it('is bounded: the record that was used longest ago makes room', () => {
    const collections = new PersistentCollections({ records: 2, entriesPerRecord: 2 })
    collections.set('IP', 'a', 'n', 1)
    collections.set('IP', 'b', 'n', 1)
    collections.get('IP', 'a', 'n')
    collections.set('IP', 'c', 'n', 1)
    assert.equal(collections.get('IP', 'b', 'n'), undefined)
    assert.equal(collections.get('IP', 'a', 'n'), 1)
    for (const name of ['x', 'y', 'z']) collections.set('IP', 'a', name, 1)
    assert.equal([...collections.entries('IP', 'a')].length, 2)
  })

  it('counts from request to request', () => {
    const rules =
      'SecAction "id:1,phase:1,nolog,pass,initcol:ip=%{remote_addr},setvar:ip.n=+1,expirevar:ip.n=60"\n' +
      'SecRule IP:n "@ge 3" "id:2,phase:1,log,pass"\n'
    const judge = new Judge(compileText(rules))
    assert.deepEqual(
      [1, 2, 3].map(() => judge.judge({}).ids.join()),
      ['', '', '2'],
    )
  })
})
