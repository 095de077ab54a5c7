import assert from 'node:assert/strict'
import test from 'node:test'
import * as fc from 'fast-check'
import { PACKET_DIRECTIONS } from '#rules'
import { LINK_TYPE, Packet } from '#wire'
import { ethernet, ipv4, ipv6, tcp, udp } from '../../wire/packet/testing/index.ts'
import { BpfJudge } from './bpf-judge.ts'
import { PacketJudge } from './packet-judge.ts'
import { packetRules } from './packet-rules.ts'
import { packetPolicy } from './testing/packet-policy.ts'

const skip = process.getuid?.() === 0 ? false : 'needs root'

const V4 = { source: '198.51.100.7', destination: '192.0.2.1' }
const V6 = { source: '2001:db8::7', destination: '2001:db8::1' }

/** Whatever depends on how long a frame is. */
const CONDITIONS = [
  'frame.len > 9000',
  'frame.len in {3520 3521 3522}',
  'packet.malformed',
  'ip.len > 8000',
  'tcp.len == 4000',
  'l4.payload.len > 3600',
  'udp.length > 3500 and substring(l4.payload, 0, 2) == "aa"',
]

test('frames that are longer than the kernel takes are judged by their whole length', { skip }, () => {
  for (const direction of PACKET_DIRECTIONS) {
    const hook = { interfaceName: 'eth0', direction }
    const packet = new Packet('outer')
    for (const when of CONDITIONS) {
      const policy = packetPolicy([{ id: 'long', when, action: 'drop' }])
      const script = new PacketJudge(policy, [], 0, hook)
      const kernel = new BpfJudge({ rules: packetRules(policy, 0), lists: [], management: [], hook })
      const sizes = fc.oneof(fc.constantFrom(3466, 3478, 3479, 3480, 3492, 4000, 8952), fc.nat(60_000))
      fc.assert(
        fc.property(sizes, fc.boolean(), fc.boolean(), fc.nat(2), (sizeBytes, isTcp, isIpv4, lackBytes) => {
          const payload = 'a'.repeat(sizeBytes)
          const segment = isTcp
            ? tcp({ sourcePort: 1, destinationPort: 2, payload })
            : udp({ sourcePort: 1, destinationPort: 2, payload })
          const frame = ethernet(isIpv4 ? ipv4(V4, segment) : ipv6(V6, segment))
          const given = frame.subarray(0, frame.length - lackBytes)
          packet.read(given, 0, given.length, LINK_TYPE.ethernet)
          assert.deepEqual(kernel.judge(given), script.judge(packet, 0), `${when}, ${given.length} bytes`)
        }),
        { numRuns: 200 },
      )
      kernel.close()
    }
  }
})
