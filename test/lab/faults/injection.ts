import { LINK_TYPE, Packet } from '#wire'
import { ethernet, ipv4, tcp, TCP_FLAG, udp } from '../../../src/wire/packet/testing/index.ts'
import type { Injection } from './wire-settings.ts'

const packet = new Packet('outer')

/** Frames that a middlebox sends because of one that it saw from the client. */
export interface Injected {
  readonly toClient: readonly Buffer[]
  readonly toServer: readonly Buffer[]
}

/** What a middlebox does about a frame of IPv4; undefined when the frame is none of its business. */
export function injected(frame: Buffer, injection: Injection): Injected | undefined {
  packet.read(frame, 0, frame.length, LINK_TYPE.ethernet)
  if (packet.ipVersion !== 4 || packet.payloadBytes <= 0) return undefined
  if (!packet.latin1(packet.payloadStart, packet.payloadEnd).includes(injection.trigger)) return undefined
  return injection.kind === 'answer' ? forgedAnswer(frame, injection) : resets(frame, injection)
}

const mac = (frame: Buffer, at: number): string =>
  [...frame.subarray(at, at + 6)].map((byte) => byte.toString(16).padStart(2, '0')).join(':')

function resets(frame: Buffer, { ttl, kind }: Injection): Injected {
  const { source, destination, sourcePort, destinationPort, tcpSequence, tcpAcknowledgement, payloadBytes } = packet
  if (source === undefined || destination === undefined) return { toClient: [], toServer: [] }
  const toClient = ethernet(
    ipv4(
      { source: destination, destination: source, timeToLive: ttl, id: 0x1234 },
      tcp({
        sourcePort: destinationPort,
        destinationPort: sourcePort,
        flags: TCP_FLAG.rst + TCP_FLAG.ack,
        sequence: tcpAcknowledgement,
        acknowledgement: tcpSequence + payloadBytes,
        window: 0,
      }),
    ),
    { source: mac(frame, 0), destination: mac(frame, 6) },
  )
  const toServer = ethernet(
    ipv4(
      { source, destination, timeToLive: ttl, id: 0x1234 },
      tcp({ sourcePort, destinationPort, flags: TCP_FLAG.rst, sequence: tcpSequence, window: 0 }),
    ),
    { source: mac(frame, 6), destination: mac(frame, 0) },
  )
  return { toClient: [toClient], toServer: kind === 'reset' ? [toServer] : [] }
}

const ANSWER_FLAGS = 0x8180
const POINTER_TO_QUESTION = [0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4]

/** The question with an address behind it, as a censor on the way answers before the resolver can. */
function forgedAnswer(frame: Buffer, { ttl, address = '203.0.113.99' }: Injection): Injected {
  const { source, destination, sourcePort, destinationPort, payloadStart, payloadEnd } = packet
  if (source === undefined || destination === undefined) return { toClient: [], toServer: [] }
  const question = Buffer.from(frame.subarray(payloadStart, payloadEnd))
  let end = 12
  while (end < question.length && question[end] !== 0) end += question[end] + 1
  const head = question.subarray(0, end + 5)
  head.writeUInt16BE(ANSWER_FLAGS, 2)
  head.writeUInt16BE(1, 6)
  head.writeUInt32BE(0, 8)
  const payload = Buffer.concat([head, Buffer.from([...POINTER_TO_QUESTION, ...address.split('.').map(Number)])])
  const answer = ipv4(
    { source: destination, destination: source, timeToLive: ttl, id: 0x4321 },
    udp({ sourcePort: destinationPort, destinationPort: sourcePort, payload }),
  )
  return { toClient: [ethernet(answer, { source: mac(frame, 0), destination: mac(frame, 6) })], toServer: [] }
}
