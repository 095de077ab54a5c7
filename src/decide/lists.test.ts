import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { packRanges, parseCidr, parseIp } from '#wire'
import { buildList, buildLists } from './lists.ts'

describe('buildList', () => {
  it('looks addresses up by prefix', () => {
    const list = buildList({
      name: 'office',
      type: 'IP',
      ranges: packRanges([parseCidr('10.0.0.0/8')!, parseCidr('2001:db8::/32')!]),
    })
    const cases: readonly [string, boolean][] = [
      ['10.0.0.0', true],
      ['10.255.255.255', true],
      ['11.0.0.0', false],
      ['2001:db8:ffff::1', true],
      ['2001:db9::', false],
    ]
    for (const [address, expected] of cases) assert.equal(list.has(parseIp(address)!), expected, address)
  })

  it('looks texts and numbers up exactly', () => {
    const countries = buildList({ name: 'near', type: 'String', values: ['PT', 'ES'] })
    assert.equal(countries.has('PT'), true)
    assert.equal(countries.has('pt'), false)
    const networks = buildList({ name: 'cloud', type: 'Int', values: [64_500] })
    assert.equal(networks.has(64_500), true)
    assert.equal(networks.has('64500'), false)
  })
})

describe('buildLists', () => {
  it('refuses two lists of one name', () => {
    const list = { name: 'twice', type: 'String', values: [] } as const
    assert.throws(() => buildLists([list, list]), { code: 'ERR_LIST_INVALID' })
  })
})
