import assert from 'node:assert/strict'
import test from 'node:test'
import { ethernet, ipv4, udp } from '../../../wire/packet/testing/index.ts'
import { packetPolicy } from '../testing/packet-policy.ts'
import { NftJudge } from './nft-judge.ts'

const skip = process.getuid?.() === 0 ? false : 'needs root'
const PACKET = ipv4(
  { source: '198.51.100.7', destination: '127.0.0.1' },
  udp({ sourcePort: 7, destinationPort: 9, payload: 'x' }),
)
const DROPPED = { verdict: 'drop', phase: 'packet_firewall', ruleId: 'here', action: 'drop' }

test('the loopback device may be where packets pass', { skip }, () => {
  const policy = packetPolicy([{ id: 'here', when: 'packet.interface == "lo" and udp.dstport == 9', action: 'drop' }])
  const [lo, other] = ['lo', 'eth0'].map((interfaceName) => ({ interfaceName, direction: 'in' }) as const)
  const judge = new NftJudge(policy, [], 0, [lo, other])
  assert.deepEqual(judge.judge(ethernet(PACKET), lo), DROPPED)
  assert.deepEqual(judge.judge(ethernet(PACKET), other), { verdict: 'pass' })
  judge.close()
})

test('behind a second VLAN tag there is no IP, and a trace says so', { skip }, () => {
  const policy = packetPolicy([{ id: 'here', when: 'udp.dstport == 9', action: 'drop' }])
  const judge = new NftJudge(policy, [], 0)
  assert.deepEqual(judge.judge(ethernet(PACKET, { vlans: [100] })), DROPPED)
  const { verdict, note } = judge.judge(ethernet(PACKET, { vlans: [100, 7] })) as Exclude<
    ReturnType<NftJudge['judge']>,
    string
  >
  assert.equal(verdict, 'pass')
  assert.match(note ?? '', /two VLAN tags/)
  judge.close()
})

test('what is no name of an interface is refused before the kernel cuts it off', { skip }, () => {
  for (const interfaceName of ['an-interface-name', 'a b', 'a/b']) {
    const judge = (): NftJudge => new NftJudge(packetPolicy([]), [], 0, [{ interfaceName, direction: 'in' }])
    assert.throws(judge, { code: 'ERR_USAGE', message: /no name that an interface can have/ })
  }
})
