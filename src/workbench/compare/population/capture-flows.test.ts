import assert from 'node:assert/strict'
import test from 'node:test'
import { LINK_TYPE, Packet } from '#wire'
import { conversationFrames, tcpFrame, udpFrame, unreachableFrame } from '../testing/capture-frames.ts'
import { type CapturedFlow, CaptureFlows } from './capture-flows.ts'

const CLIENT = { address: 0xc0000201, port: 50_000 }
const SERVER = { address: 0xc6336401, port: 53 }
const WEB = { address: 0xc6336401, port: 80 }
const QUERY = udpFrame({ from: CLIENT, to: SERVER })
const ANSWER = udpFrame({ from: SERVER, to: CLIENT })
const ACK_OF_CLIENT = tcpFrame({ from: CLIENT, to: WEB, flags: 0x10 })
const ACK_OF_SERVER = tcpFrame({ from: WEB, to: CLIENT, flags: 0x10 })
const REFLECTED = tcpFrame({ from: WEB, to: CLIENT, flags: 0x12 })

/** Of the source address in a frame. */
const SOURCE_AT = 26

const DIALOGUES: readonly (readonly [readonly Buffer[], readonly boolean[], string])[] = [
  [[QUERY, ANSWER, QUERY, ANSWER], [false, true, false, true], 'a query and its answer'],
  [[ANSWER, ANSWER], [false, false], 'answers that nobody asked for are what comes in'],
  [[REFLECTED, REFLECTED], [false, false], 'SYN/ACK without SYN'],
  [[QUERY, unreachableFrame(QUERY)], [false, true], 'an error that a packet of the capture met'],
  [[unreachableFrame(QUERY)], [false], 'an error that nothing of the capture met'],
  [[ACK_OF_SERVER, ACK_OF_CLIENT, ACK_OF_SERVER], [false, false, true], 'a capture that begins with the server'],
  [
    conversationFrames({ client: CLIENT, server: WEB, request: 'GET', response: 'HTTP', clockMs: 1 }),
    [false, true, false, false, true, false, false, true, false],
    'a connection from its SYN on',
  ],
  [[Buffer.alloc(60)], [false], 'what is not IP'],
]

test('what answers a packet of the capture', () => {
  for (const [frames, expected, why] of DIALOGUES) {
    const flows = new CaptureFlows()
    const packet = new Packet('outer')
    const seen = frames.map((frame) => {
      packet.read(frame, 0, frame.length, LINK_TYPE.ethernet)
      flows.see(packet)
      return flows.isAnswer
    })
    assert.deepEqual(seen, expected, why)
  }
})

test('each flow is given back once, however many there are', () => {
  const forgotten: CapturedFlow[] = []
  const flows = new CaptureFlows((flow) => forgotten.push(flow))
  const packet = new Packet('outer')
  const count = 210_000
  const frame = Buffer.from(QUERY)
  for (let n = 0; n < count; n++) {
    frame.writeUInt32BE(0x0b000000 + n, SOURCE_AT)
    packet.read(frame, 0, frame.length, LINK_TYPE.ethernet)
    flows.see(packet)
  }
  assert.ok(forgotten.length > 0 && forgotten.length < count)
  flows.end()
  assert.equal(new Set(forgotten.map(({ id }) => id)).size, count)
  assert.equal(forgotten.length, count)
})
