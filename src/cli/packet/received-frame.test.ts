import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CapturedPacket, LINK_TYPE } from '#wire'
import { ethernet, ipv4, udp } from '../../wire/packet/testing/index.ts'
import { isReceivedWhole, receivedFrame } from './received-frame.ts'

const FRAME = ethernet(
  ipv4(
    { source: '198.51.100.7', destination: '192.0.2.9' },
    udp({ sourcePort: 53, destinationPort: 9, payload: Buffer.alloc(20, 7) }),
  ),
)
const HEADER_BYTES = 14
const PACKET = FRAME.subarray(HEADER_BYTES)
const TYPE = FRAME.subarray(12, HEADER_BYTES)
const EXPECTED = Buffer.concat([Buffer.alloc(12), TYPE, PACKET])

function captured(linkType: number, bytes: Buffer, keptBytes: number = bytes.length): CapturedPacket {
  const packet = new CapturedPacket()
  packet.captureInterface = { ...packet.captureInterface, linkType }
  packet.bytes = bytes.subarray(0, keptBytes)
  packet.end = keptBytes
  packet.originalBytes = bytes.length
  return packet
}

const WITHOUT_ETHERNET: readonly (readonly [linkType: number, header: Buffer])[] = [
  [LINK_TYPE.raw, Buffer.alloc(0)],
  [LINK_TYPE.rawIpv4, Buffer.alloc(0)],
  [LINK_TYPE.null, Buffer.from([2, 0, 0, 0])],
  [LINK_TYPE.linuxCooked, Buffer.concat([Buffer.alloc(14), TYPE])],
  [LINK_TYPE.linuxCooked2, Buffer.concat([TYPE, Buffer.alloc(18)])],
]

test('packets without an Ethernet header get one', () => {
  for (const [linkType, header] of WITHOUT_ETHERNET) {
    assert.deepEqual(receivedFrame(captured(linkType, Buffer.concat([header, PACKET]))), EXPECTED, `${linkType}`)
  }
})

test('what a capture left out is zero', () => {
  const cut = captured(LINK_TYPE.ethernet, FRAME, 40)
  assert.ok(!isReceivedWhole(cut))
  assert.deepEqual(receivedFrame(cut), Buffer.concat([FRAME.subarray(0, 40), Buffer.alloc(FRAME.length - 40)]))
  assert.ok(isReceivedWhole(captured(LINK_TYPE.ethernet, FRAME)))
})

test('what no frame can be made of says why', () => {
  assert.match(String(receivedFrame(captured(LINK_TYPE.linuxCooked, Buffer.alloc(5)))), /shorter than its header/)
  assert.match(String(receivedFrame(captured(147, FRAME))), /no packet of IP/)
})
