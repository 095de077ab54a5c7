import { CAPTURE_READERS } from '#detect'
import { FIELD_BY_NAME, FIELDS, type FieldValue } from '#fields'
import { type Expression, fieldsOf } from '#rules'
import { type CapturedPacket, LINK_TYPE, Packet } from '#wire'
import { readCapture } from '../../capture/reading/read-capture.ts'
import { enforcingPoints } from '../field-use.ts'
import { type CapturedFlow, CaptureFlows } from './capture-flows.ts'
import { type CaptureLevel, MESSAGE_LEVELS, PACKETS } from './capture-levels.ts'
import { ExportedFlowPopulation } from './exported-flow-population.ts'
import { ExportCensus } from './export-census.ts'
import type { FactRow } from './fact-row.ts'
import { MaskCounter } from './mask-counter.ts'
import type { Level, Population, RateCounts, RateQuestion, Sample, Tally } from './population.ts'
import { RateCounter } from './rate-counter.ts'
import { Reservoir } from './reservoir.ts'
import { isWithin, type TimeWindow } from './time-window.ts'

/**
 * Packets of a capture as the firewall would see them, or the messages that begin in them. Answers to packets of the same
 * capture are left out: what stops the traffic acts on what asks for them. The file is read anew for each question.
 */
export class CaptureFile implements Population {
  readonly #path: string
  readonly #window: TimeWindow
  readonly #level: CaptureLevel
  #notes: readonly string[] = []

  constructor(path: string, window: TimeWindow = {}, level: CaptureLevel = PACKETS) {
    this.#path = path
    this.#window = window
    this.#level = level
  }

  async levels(): Promise<readonly Level[]> {
    const exported = new ExportCensus()
    const census = { packets: 0, rows: MESSAGE_LEVELS.map(() => 0), carried: MESSAGE_LEVELS.map(() => 0) }
    await this.#read(
      (packet, _, flow) => {
        census.packets++
        exported.add(packet)
        for (const [at, level] of MESSAGE_LEVELS.entries()) {
          const { bit } = level
          if (!level.holds(packet)) continue
          census.rows[at]++
          if (flow !== undefined) flow.messages |= bit
        }
      },
      (flow) => {
        for (const [at, { bit }] of MESSAGE_LEVELS.entries())
          if ((flow.messages & bit) !== 0) census.carried[at] += flow.packets
      },
    )
    const messages = MESSAGE_LEVELS.map((level, at) => ({
      name: level.name,
      kind: level.kind,
      population: new CaptureFile(this.#path, this.#window, level),
      rows: census.rows[at],
      // With a window, flows are known that have no packet in it.
      share: Math.min(1, census.carried[at] / Math.max(1, census.packets)),
    }))
    const share = exported.datagrams / Math.max(1, census.packets)
    const flows: Level = {
      name: 'flows',
      kind: 'flow',
      population: new ExportedFlowPopulation(this.#path, this.#window),
      rows: exported.records,
      share,
    }
    // Datagrams that tell flows say who exports them, not who sends what they tell of.
    const packets = { name: PACKETS.name, kind: PACKETS.kind, population: this, rows: census.packets, share: 1 - share }
    return [...messages, ...(exported.records > 0 ? [flows] : []), packets]
  }

  async sample(limit: number, seed: number): Promise<Sample> {
    const reservoir = new Reservoir<FactRow>(limit, seed)
    const fields = fieldsOfLevel(this.#level)
    await this.#visit((packet, timeMicros, flow) => {
      const place = reservoir.place()
      if (place >= 0) reservoir.items[place] = { timeMicros, facts: factsOf(packet, fields), flow: flow?.id ?? 0 }
    })
    return { rows: reservoir.items, total: reservoir.total }
  }

  /** What packets are told apart by, the firewall must read; messages have only fields that their point reads. */
  canDecide(condition: Expression): boolean {
    if (this.#level !== PACKETS) return true
    return [...fieldsOf(condition)].every((name) => FIELD_BY_NAME.get(name)?.points.includes('firewall'))
  }

  async tally(conditions: readonly Expression[]): Promise<Tally> {
    const counter = new MaskCounter<Packet>(conditions, CAPTURE_READERS)
    await this.#visit((packet) => counter.add(packet))
    return counter.tally()
  }

  async rates(questions: readonly RateQuestion[]): Promise<readonly RateCounts[] | undefined> {
    const counter = new RateCounter<Packet>(questions, CAPTURE_READERS)
    await this.#visit((packet, timeMicros) => counter.add(packet, timeMicros))
    return counter.answer()
  }

  notes(): readonly string[] {
    return this.#notes
  }

  #visit(visit: VisitPacket): Promise<void> {
    const level = this.#level
    return this.#read((packet, timeMicros, flow) => {
      if (level.holds(packet)) visit(packet, timeMicros, flow)
    })
  }

  async #read(visit: VisitPacket, onFlow?: (flow: CapturedFlow) => void): Promise<void> {
    const views = { outer: new Packet('outer'), deep: new Packet('deep') }
    const flows = new CaptureFlows(onFlow)
    const hasWindow = this.#window.sinceMicros !== undefined || this.#window.untilMicros !== undefined
    let answers = 0
    const onPacket = (captured: CapturedPacket): void => {
      const timeMicros = captured.hasTime ? captured.seconds * 1e6 + Math.floor(captured.nanoseconds / 1e3) : undefined
      const packet = this.#level === PACKETS && isEthernet(captured) ? views.outer : views.deep
      packet.readCaptured(captured)
      flows.see(packet)
      if (hasWindow && !isWithin(this.#window, timeMicros)) return
      if (flows.isAnswer) answers++
      else visit(packet, timeMicros, flows.flow)
    }
    const { notes } = await readCapture(this.#path, { onPacket })
    flows.end()
    const leftOut = `${this.#path}: ${answers} packets that answer others of the capture were left out: rules act on what asks for them`
    this.#notes = [
      ...(answers > 0 ? [leftOut] : []),
      ...notes.slice(0, NOTES).map(({ offsetBytes, detail }) => `${this.#path}: byte ${offsetBytes}: ${detail}`),
    ]
  }
}

type VisitPacket = (packet: Packet, timeMicros: number | undefined, flow: CapturedFlow | undefined) => void

/** A broken file may be broken in every record. */
const NOTES = 5

/** Programs in the kernel read Ethernet; of captures of other links the IP packets are compared. */
function isEthernet({ captureInterface }: CapturedPacket): boolean {
  return captureInterface.linkType === LINK_TYPE.ethernet
}

interface ReadField {
  readonly name: string
  readonly read: (packet: Packet) => FieldValue | undefined
}

/** Fields of a level: of messages those that the point which decides about them can read, and what else they say. */
function fieldsOfLevel({ point, shown }: CaptureLevel): readonly ReadField[] {
  return FIELDS.filter(
    (field) => point === undefined || enforcingPoints(field).includes(point) || shown.test(field.name),
  )
    .filter(({ name }) => CAPTURE_READERS.read[name] !== undefined)
    .map(({ name }) => ({ name, read: CAPTURE_READERS.read[name] }))
}

/** Every field that the packet has. Strings are copied: the bytes that they were read from are written over. */
function factsOf(packet: Packet, fields: readonly ReadField[]): FactRow['facts'] {
  const facts: Record<string, FieldValue> = {}
  for (const { name, read } of fields) {
    const value = read(packet)
    if (value !== undefined) facts[name] = value
  }
  return facts
}
