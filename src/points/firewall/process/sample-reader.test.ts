import assert from 'node:assert/strict'
import test from 'node:test'
import { ethernet, ipv4, udp } from '../../../wire/packet/testing/index.ts'
import { filterOf } from '../testing/policy-run.ts'
import { SampleReader } from './sample-reader.ts'

const skip = process.getuid?.() === 0 ? false : 'needs root'

const datagram = (destinationPort: number): Buffer =>
  ethernet(ipv4({ source: '198.51.100.7', destination: '192.0.2.9' }, udp({ sourcePort: 1, destinationPort })))

test('when more waits than is looked at, each rule keeps its first samples and its weight', { skip }, () => {
  const filter = filterOf([
    { id: 'few', when: 'udp.dstport == 98', action: 'drop' },
    { id: 'flood', when: 'udp.dstport == 99', action: 'drop' },
  ])
  const reader = new SampleReader(filter.samples, filter.rules, new Map())
  // The program samples one in 256: these are 16 and some 8,000 samples.
  const packets = 8000 * 256
  for (let turn = 0; turn < 10; turn++) {
    filter.run.run(datagram(98))
    filter.run.run(datagram(99), packets / 10)
  }
  const told = new Map<string | undefined, number[]>()
  reader.drain(({ rule, weight }) => told.set(rule?.ruleId, [...(told.get(rule?.ruleId) ?? []), weight]))
  assert.deepEqual(
    told.get('few'),
    Array.from({ length: 10 }, () => 1),
  )
  const flood = told.get('flood') ?? []
  const weight = flood.reduce((sum, each) => sum + each, 0)
  assert.ok(flood.length > 3000 && flood.length < 4096 + 16, `${flood.length} samples`)
  assert.ok(Math.abs(weight - packets) < 0.02 * packets, `${packets} packets, told as ${weight}`)
  reader.close()
  filter.close()
})
