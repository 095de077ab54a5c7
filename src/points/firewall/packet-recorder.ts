import type { Decision, Verdict } from '#decide'
import { type GeoLookup, PACKET_READERS } from '#detect'
import { EventRecorder, type EventRecorderOptions, FIELD_COLUMNS } from '#events'
import type { Reader, Readers } from '#fields'
import { RayMaker } from '#kernel'
import type { PacketDirection } from '#rules'
import { type IpAddress, LINK_TYPE, Packet } from '#wire'
import type { PacketSample } from './process/messages.ts'

type RecorderOptions = Omit<EventRecorderOptions<PacketFacts>, 'kind' | 'readers' | 'shared'>

/** A sampled packet as its event reads it. */
interface PacketFacts {
  readonly packet: Packet
  interfaceName: string
  direction: PacketDirection
}

/** Makes events of sampled packets: their weights stand for all. */
export class PacketRecorder {
  readonly #recorder: EventRecorder<PacketFacts>
  readonly #rays = new RayMaker()
  readonly #facts: PacketFacts = { packet: new Packet('outer'), interfaceName: '', direction: 'in' }

  constructor(options: RecorderOptions, geo: () => GeoLookup | undefined) {
    this.#recorder = new EventRecorder({ ...options, kind: 'packet', readers: readersWith(geo) })
  }

  /** Records a sample; returns the ray of its event. */
  record(
    { rule, timeMs, isDropped, weight, interfaceName, direction, frameBytes, head }: PacketSample,
    policyVersion: string,
  ): string {
    const { packet } = this.#facts
    const bytes = Buffer.from(head.buffer, head.byteOffset, head.length)
    packet.read(bytes, 0, bytes.length, LINK_TYPE.ethernet, frameBytes)
    this.#facts.interfaceName = interfaceName
    this.#facts.direction = direction
    const ray = this.#rays.next(Math.floor(timeMs))
    this.#recorder.record(
      {
        ray,
        timeMicros: Math.round(timeMs * 1000),
        point: 'firewall',
        policyVersion,
        decision: decisionOf(rule, isDropped),
        weight,
        ...(frameBytes > head.length && { cutFields: CUT_FIELDS }),
      },
      this.#facts,
    )
    return ray
  }

  counters(): ReturnType<EventRecorder<PacketFacts>['counters']> {
    return this.#recorder.counters()
  }

  close(): Promise<void> {
    return this.#recorder.close()
  }
}

/** What is there only in part when a sample does not hold the whole frame. */
const CUT_FIELDS = ['l4.payload'] as const

const ENDS: readonly (readonly [end: string, address: (packet: Packet) => IpAddress | undefined])[] = [
  ['src', ({ source }) => source],
  ['dst', ({ destination }) => destination],
]

function about<Value>(address: IpAddress | undefined, ask: (known: IpAddress) => Value): Value | undefined {
  return address === undefined ? undefined : ask(address)
}

function readersWith(geo: () => GeoLookup | undefined): Readers<PacketFacts> {
  const read: Record<string, Reader<PacketFacts>> = {}
  for (const { name } of FIELD_COLUMNS.packet) {
    const ofPacket = PACKET_READERS.read[name]
    if (ofPacket !== undefined) read[name] = ({ packet }) => ofPacket(packet)
  }
  read['packet.interface'] = ({ interfaceName }) => interfaceName
  read['packet.direction'] = ({ direction }) => direction
  for (const [end, address] of ENDS) {
    read[`ip.${end}.country`] = ({ packet }) => about(address(packet), (known) => geo()?.country(known))
    read[`ip.${end}.asnum`] = ({ packet }) => about(address(packet), (known) => geo()?.asn(known))
  }
  return { read }
}

const UNDECIDED: Decision = Object.freeze({ verdict: 'allow', why: 'no rule matched', matches: [] })

function decisionOf(rule: PacketSample['rule'], isDropped: boolean): Decision {
  if (rule === undefined) return UNDECIDED
  const { phase, ruleId, action, why, isNote, logOnly } = rule
  const matches = [{ phase, ruleId, action, logOnly }]
  if (isNote) return { verdict: 'allow', why, matches }
  const verdict: Verdict = isDropped ? 'block' : 'allow'
  return { verdict, phase, ruleId, why, matches }
}
