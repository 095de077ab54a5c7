import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { LINK_TYPE, Packet } from '#wire'
import { ethernet, gre, icmp, ipv4, ipv6, synOptions, tcp, udp } from '../../wire/packet/testing/index.ts'
import { FlowAnalyzer } from './flow-analyzer.ts'
import { keepFlow } from './keep-flow.ts'

const V4 = { source: '192.0.2.1', destination: '192.0.2.2' } as const
const V6 = { source: '2001:db8::1', destination: '2001:db8::2' } as const
const SYN = tcp({ sourcePort: 4000, destinationPort: 443, flags: 2, options: synOptions() })
const DATA = tcp({ sourcePort: 4000, destinationPort: 443, payload: Buffer.alloc(40, 'x') })
const SEEDS = [
  ethernet(ipv4(V4, SYN)),
  ethernet(ipv4(V4, DATA)),
  ethernet(ipv4({ ...V4, moreFragments: true }, DATA)),
  ethernet(ipv4({ ...V4, fragmentOffsetBytes: 8 }, DATA)),
  ethernet(ipv6(V6, DATA), { vlans: [1] }),
  ethernet(ipv4(V4, icmp({ type: 3, payload: ipv4(V4, DATA) }))),
  ethernet(ipv4(V4, gre({ type: 0x0800 }, ipv4({ ...V4, moreFragments: true }, SYN)))),
  ethernet(ipv4(V4, udp({ sourcePort: 53, destinationPort: 9, payload: 'answer' }))),
]

const change = fc.record({ seed: fc.nat(SEEDS.length - 1), at: fc.nat(120), byte: fc.nat(255), cut: fc.nat(140) })

test('changed frames in any order never throw, and every packet with an IP header is counted', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 60 }), fc.integer({ min: 1, max: 5 }), (changes, flowLimit) => {
      let delivered = 0
      let ended = 0
      const analyzer = new FlowAnalyzer({
        flowLimit,
        sink: { onFlow: (flow) => assert.ok(keepFlow(flow).sides[0].packets >= 0), onFragmentFault: () => {} },
        dissectors: {
          stream: () => ({
            data: (_direction, _bytes, start, end) => end > start && ++delivered > 0,
            gap: (_direction, sizeBytes) => sizeBytes >= 0,
            end: () => ended++,
          }),
          datagram: () => ({ datagram: () => true, end: () => ended++ }),
        },
      })
      const packet = new Packet('deep')
      for (const [index, { seed, at, byte, cut }] of changes.entries()) {
        const bytes = Buffer.from(SEEDS[seed])
        if (at < bytes.length) bytes[at] = byte
        packet.frameNumber = index + 1
        packet.seconds = index
        packet.read(bytes, 0, Math.min(bytes.length, cut + 20), LINK_TYPE.ethernet, bytes.length)
        const verdict = analyzer.push(packet)
        assert.ok(packet.ipVersion === 0 || packet.fragment !== 0 || packet.tunnelDepth > 0 || verdict.flow >= 0)
      }
      analyzer.end()
    }),
    { numRuns: 300 },
  )
})
