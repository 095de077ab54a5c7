import assert from 'node:assert/strict'
import test from 'node:test'
import * as fc from 'fast-check'
import { loadProgram, TestRun } from '#net'
import { formatIp, type IpRange, packRanges, parseCidr, parseIp, XDP } from '#wire'
import { ethernet, ipv4, ipv6, udp } from '../../../wire/packet/testing/index.ts'
import { packetRules } from '../packet-rules.ts'
import { compilePolicyProgram } from '../program/policy-program.ts'
import { packetPolicy } from '../testing/packet-policy.ts'
import { ListKeeper } from './list-keeper.ts'
import { MapRegistry } from './map-registry.ts'

const skip = process.getuid?.() === 0 ? false : 'needs root'

/** A program that drops what is in a list, with the keeper of that list. */
function denyList(ranges: readonly IpRange[]) {
  const list = { name: 'bad', type: 'IP', ranges: packRanges(ranges) } as const
  const policy = packetPolicy([{ id: 'bad', when: 'ip.src in $bad', action: 'drop' }], [list])
  const compiled = compilePolicyProgram({ rules: packetRules(policy, 0), lists: policy.lists, management: [] })
  const registry = new MapRegistry()
  const set = registry.make(compiled.maps)
  registry.adopt(set, undefined)
  const program = loadProgram(compiled.program, set.maps, 'test')
  const run = new TestRun(program)
  const keeper = new ListKeeper(policy.lists, compiled.lists, set.maps)
  const isDropped = (source: string): boolean => run.run(frameOf(source)) === XDP.drop
  const change = (after: readonly IpRange[]): boolean => keeper.change([{ ...list, ranges: packRanges(after) }])
  const close = (): void => {
    program.close()
    for (const map of set.maps.values()) map.close()
  }
  return { keeper, registry, set, isDropped, change, close }
}

function frameOf(source: string): Buffer {
  const segment = udp({ sourcePort: 1, destinationPort: 2, payload: 'x' })
  if (source.includes(':')) return ethernet(ipv6({ source, destination: '2001:db8::9' }, segment))
  return ethernet(ipv4({ source, destination: '192.0.2.9' }, segment))
}

function cidr(text: string): IpRange {
  return parseCidr(text) ?? assert.fail(text)
}

test('entries come and go while the program stays', { skip }, () => {
  const deny = denyList([cidr('198.51.100.0/24')])
  assert.ok(deny.isDropped('198.51.100.7'))
  const steps: readonly (readonly [
    add: readonly string[],
    remove: readonly string[],
    dropped: string,
    passed: string,
  ])[] = [
    [['203.0.113.5/32'], [], '203.0.113.5', '203.0.113.6'],
    [[], ['203.0.113.5/32'], '198.51.100.7', '203.0.113.5'],
    [[], ['198.51.100.7/32'], '198.51.100.8', '198.51.100.7'],
    [['198.51.100.7/32'], ['198.51.100.8/32'], '198.51.100.7', '198.51.100.8'],
    [['2001:db8:7::/48'], [], '2001:db8:7::1', '2001:db8:8::1'],
    [['2001:db8:8::1/128'], ['2001:db8:7::1/128'], '2001:db8:8::1', '2001:db8:7::1'],
    [['0.0.0.0/0'], ['10.0.0.0/8'], '9.255.255.255', '10.1.2.3'],
  ]
  for (const [add, remove, dropped, passed] of steps) {
    assert.ok(deny.keeper.edit('bad', add.map(cidr), remove.map(cidr)))
    assert.ok(deny.isDropped(dropped), dropped)
    assert.ok(!deny.isDropped(passed), passed)
  }
  assert.throws(() => deny.keeper.edit('none', [], []), /no list of addresses named none/)
  deny.close()
})

test('a list of which much changes is made anew', { skip }, () => {
  const deny = denyList([cidr('198.51.100.0/24')])
  const many = Array.from({ length: 25_000 }, (_, index) => ({ first: index * 300, last: index * 300 }))
  assert.equal(deny.change(many), false)
  assert.equal(deny.keeper.change([]), false, 'another list')
  deny.close()
})

test('a later program takes over maps whose entries were changed, for a list that is the same', { skip }, () => {
  const deny = denyList([cidr('198.51.100.0/24'), cidr('198.51.101.1/32')])
  assert.ok(deny.keeper.edit('bad', [cidr('203.0.113.0/24')], []))
  const { lists } = deny.keeper
  deny.keeper.settle(deny.registry)
  const policy = packetPolicy([{ id: 'other', when: 'ip.src in $bad', action: 'allow' }], lists)
  const compiled = compilePolicyProgram({ rules: packetRules(policy, 0), lists, management: [] })
  const next = deny.registry.make(compiled.maps)
  const shared = [...next.maps].filter(([, map]) => [...deny.set.maps.values()].includes(map)).map(([name]) => name)
  assert.deepEqual(shared.sort(), ['list0_a4', 'list0_p4', 'list0_p6', 'settings'])
  deny.registry.discard(next)
  deny.close()
})

const ADDRESSES = ['10.0.0.', '10.0.1.', '2001:db8::', '2001:db8::1:']

test('whatever changes, the maps hold what the list says', { skip }, () => {
  const point = fc.tuple(fc.constantFrom(...ADDRESSES), fc.nat(40))
  const range = fc.tuple(point, fc.nat(12)).map(([[network, start], width]): IpRange => {
    const at = (host: number): string => `${network}${network.includes(':') ? host.toString(16) : host}`
    return { first: parseIp(at(start)), last: parseIp(at(start + width)) } as IpRange
  })
  const ranges = fc.array(range, { maxLength: 6 })
  fc.assert(
    fc.property(ranges, fc.array(ranges, { minLength: 1, maxLength: 4 }), (first, changes) => {
      const deny = denyList(first)
      let before = first
      for (const [index, after] of changes.entries()) {
        // By turns as a whole, and by what comes and goes.
        assert.ok(index % 2 === 0 ? deny.change(after) : deny.keeper.edit('bad', [], before))
        if (index % 2 === 1) assert.ok(deny.keeper.edit('bad', after, []))
        before = after
        for (const network of ADDRESSES) {
          for (let host = 0; host < 54; host += 3) {
            const text = `${network}${network.includes(':') ? host.toString(16) : host}`
            const address = parseIp(text)!
            const isIn = after.some(
              (each) => typeof each.first === typeof address && address >= each.first && address <= each.last,
            )
            assert.equal(deny.isDropped(text), isIn, formatIp(address))
          }
        }
      }
      deny.close()
    }),
    { numRuns: 20 },
  )
})
