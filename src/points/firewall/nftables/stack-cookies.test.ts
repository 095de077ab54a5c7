import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LINK_TYPE, Packet } from '#wire'
import { ethernet, ipv4, ipv6, tcp, TCP_FLAG, udp } from '../../../wire/packet/testing/index.ts'
import { PacketJudge } from '../packet-judge.ts'
import { packetPolicy, type WrittenRule } from '../testing/packet-policy.ts'
import { NftJudge } from './nft-judge.ts'

const skip = process.getuid?.() === 0 ? false : 'needs root'
const { syn, ack, fin, rst } = TCP_FLAG
const COOKIES: WrittenRule = {
  id: 'cookies',
  when: 'ip.dst == 192.0.2.9 or ip.dst == 2001:db8::9',
  action: 'syn_cookie',
  phase: 'packet_ddos',
}
const REST: WrittenRule = { id: 'rest', when: 'tcp.dstport == 443', action: 'drop', phase: 'packet_ddos' }

function segment(flags: number, isNew: boolean = false, more: { readonly moreFragments?: boolean } = {}): Buffer {
  const parts = tcp({ sourcePort: 4000, destinationPort: 443, flags, sequence: 1 })
  return ethernet(
    isNew
      ? ipv6({ source: '2001:db8::1', destination: '2001:db8::9' }, parts)
      : ipv4({ source: '198.51.100.7', destination: '192.0.2.9', ...more }, parts),
  )
}

test('attempts to connect are answered, and everything else goes on to the next rule', { skip }, () => {
  const policy = packetPolicy([COOKIES, REST])
  const [script, kernel, packet] = [new PacketJudge(policy, [], 0), new NftJudge(policy, [], 0), new Packet('outer')]
  const datagram = udp({ sourcePort: 4000, destinationPort: 443, payload: Buffer.alloc(18) })
  const frames: readonly (readonly [frame: Buffer, ruleId: string | undefined])[] = [
    [segment(syn), 'cookies'],
    [segment(syn, true), 'cookies'],
    [segment(syn | ack), 'rest'],
    [segment(syn | fin), 'rest'],
    [segment(syn | rst), 'rest'],
    [segment(ack), 'rest'],
    [segment(ack, true), 'rest'],
    [segment(syn, false, { moreFragments: true }), 'rest'],
    [ethernet(ipv4({ source: '198.51.100.7', destination: '192.0.2.9' }, datagram)), undefined],
  ]
  for (const [index, [frame, ruleId]] of frames.entries()) {
    packet.read(frame, 0, frame.length, LINK_TYPE.ethernet)
    const expected = script.judge(packet, 0)
    assert.equal(expected.ruleId, ruleId, String(index))
    assert.deepEqual(kernel.judge(frame), expected, String(index))
  }
  kernel.close()
})
