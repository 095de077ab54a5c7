import { randomBytes } from 'node:crypto'
import {
  dnsAnswer,
  ethernet,
  ipv4,
  RECORD_TYPE,
  type Segment,
  tcp,
  TCP_FLAG,
  udp,
} from '../../../src/wire/packet/testing/index.ts'
import type { FirewallLab } from './firewall-lab.ts'
import { FloodSender, type Varied } from './flood-sender.ts'

type Cable = FirewallLab['cable']

/** What a sender varies is zero here. */
const ANYBODY = '0.0.0.0'

function sender(cable: Cable, packet: Buffer, varied: readonly Varied[]): FloodSender {
  const frame = ethernet(packet, { source: cable.client, destination: cable.server })
  return new FloodSender(frame, varied, cable.clientIndex)
}

/** Segments that open connections, from everywhere; those of one flood have the same window. */
export function synFlood(cable: Cable, destination: string, port: number, window: number): FloodSender {
  const segment = tcp({ sourcePort: 0, destinationPort: port, flags: TCP_FLAG.syn, sequence: 0, window })
  const packet = ipv4({ source: ANYBODY, destination, timeToLive: 243 }, segment)
  return sender(cable, packet, ['source', 'id', 'sourcePort', 'sequence'])
}

/** Small datagrams from everywhere to one port. */
export function udpFlood(cable: Cable, destination: string, port: number): FloodSender {
  const datagram = udp({ sourcePort: 0, destinationPort: port, payload: 'x'.repeat(37) })
  return sender(cable, ipv4({ source: ANYBODY, destination, timeToLive: 117 }, datagram), [
    'source',
    'id',
    'sourcePort',
  ])
}

const RECORDS = Array.from({ length: 85 }, () => randomBytes(4))

/** Large answers of resolvers that nobody asked, and the fragments that follow them. */
export function amplification(cable: Cable, destination: string): readonly FloodSender[] {
  const payload = dnsAnswer(0, 'amplified.test', RECORD_TYPE.any, RECORDS).subarray(0, 1400)
  const answer: Segment = udp({ sourcePort: 53, destinationPort: 0, payload })
  const whole = ipv4({ source: ANYBODY, destination, timeToLive: 51 }, answer)
  const later = ipv4(
    { source: ANYBODY, destination, timeToLive: 51, fragmentOffsetBytes: 1480 },
    udp({ sourcePort: 0, destinationPort: 0, payload: randomBytes(900) }),
  )
  return [sender(cable, whole, ['source', 'id', 'destinationPort']), sender(cable, later, ['source', 'id'])]
}
