import assert from 'node:assert/strict'
import test from 'node:test'
import { loadProgram, TestRun } from '#net'
import { XDP } from '#wire'
import { ethernet, ipv4, ipv6, udp } from '../../../wire/packet/testing/index.ts'
import { withRandomSource } from '../testing/changed-packets.ts'
import { filterOf } from '../testing/policy-run.ts'

const skip = process.getuid?.() === 0 ? false : 'needs root'

const PER_SOURCE = { rate_limit: { per: ['ip.src'], packets: 3, period: '1h' } }

function datagram(source: string, destination: string = '192.0.2.9', destinationPort: number = 123): Buffer {
  const segment = udp({ sourcePort: 1, destinationPort, payload: 'x' })
  const header = { source, destination }
  return ethernet(source.includes(':') ? ipv6(header, segment) : ipv4(header, segment))
}

test('a flood of made-up sources does not let go of those that used up what they had', { skip }, () => {
  const filter = filterOf([{ id: 'all', when: 'ip.proto == 17', action: PER_SOURCE }])
  const heavy = Array.from({ length: 200 }, (_, host) => datagram(`198.51.100.${host}`))
  for (const frame of heavy) for (let packet = 0; packet < 3; packet++) filter.run.run(frame)
  const flood = loadProgram(withRandomSource(filter.compiled, 32), filter.maps, 'flood')
  // Several sources for each place in the table.
  new TestRun(flood).run(datagram('203.0.113.1'), 8_000_000)
  const dropped = heavy.filter((frame) => filter.run.run(frame) === XDP.drop)
  assert.equal(dropped.length, heavy.length)
  flood.close()
  filter.close()
})

test('sources, ports and limits are told apart', { skip }, () => {
  const per = ['ip.src', 'ip.dst', 'l4.dstport']
  const filter = filterOf([
    { id: 'narrow', when: 'udp.dstport != 1', action: { rate_limit: { per, packets: 2, period: '1h' } } },
    { id: 'wide', when: 'udp.dstport != 2', action: { rate_limit: { per: ['ip.src'], packets: 7, period: '1h' } } },
  ])
  const frames: Buffer[] = []
  for (const source of ['198.51.100.1', '2001:db8:1::1']) {
    for (const host of [1, 2]) {
      const destination = source.includes(':') ? `2001:db8:2:${host}::1` : `192.0.2.${host}`
      for (const port of [3, 4]) frames.push(datagram(source, destination, port))
    }
  }
  const verdicts = frames.map((frame) => [1, 2, 3].map(() => filter.run.run(frame)))
  const [yes, no] = [XDP.pass, XDP.drop]
  // Of four pairs two packets each pass the first limit; the second one, for the source alone, has room for seven.
  const ofSource = [...Array.from({ length: 3 }, () => [yes, yes, no]), [yes, no, no]]
  assert.deepEqual(verdicts, [...ofSource, ...ofSource])
  filter.close()
})

test('any characteristic can be a key', { skip }, () => {
  const flags = (timeToLive: number, payload: string, port: number): Buffer =>
    ethernet(
      ipv4(
        { source: '198.51.100.7', destination: '192.0.2.9', timeToLive },
        udp({ sourcePort: port, destinationPort: 9, payload }),
      ),
    )
  for (const [key, other] of [
    ['ip.ttl', flags(63, 'x', 1)],
    ['ip.len', flags(64, 'xx', 1)],
    ['l4.srcport', flags(64, 'x', 2)],
  ] as const) {
    const limit = { rate_limit: { per: [key], packets: 1, period: '1h' } }
    const filter = filterOf([{ id: 'all', when: 'udp.dstport == 9', action: limit }])
    const first = flags(64, 'x', 1)
    const verdicts = [first, first, other, other].map((frame) => filter.run.run(frame))
    assert.deepEqual(verdicts, [XDP.pass, XDP.drop, XDP.pass, XDP.drop], key)
    filter.close()
  }
})

test('a quarter of a million sources are each counted', { skip }, () => {
  const filter = filterOf([{ id: 'all', when: 'ip.proto == 17', action: PER_SOURCE }])
  const crowd = loadProgram(withRandomSource(filter.compiled, 18), filter.maps, 'crowd')
  new TestRun(crowd).run(datagram('198.51.100.1'), 2_000_000)
  const [, [, packets, over]] = filter.counters()
  assert.equal(packets, 2_000_000)
  // A Poisson mean of 7.63 packets a source, of which three are free: 4.66 are over.
  assert.ok(over > 1_210_000 && over < 1_240_000, `${over} over`)
  crowd.close()
  filter.close()
})
