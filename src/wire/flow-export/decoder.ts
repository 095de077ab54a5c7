import { formatIp, type IpAddress } from '../ip.ts'
import type { ExportFault, ExportMessage, ExportObserver } from './export-message.ts'
import { Exporter, type ExporterMemory } from './exporter.ts'
import { FLOW_PROTOCOLS, type FlowProtocol, type FlowVisitor } from './flow-record.ts'
import { NETFLOW5_HEADER_BYTES, NETFLOW5_RECORD_BYTES, readNetflow5 } from './netflow5.ts'
import { RecordFrame } from './record-frame.ts'
import { readSflowHead, SflowReader } from './sflow.ts'
import { TemplateMessageReader } from './template-message.ts'

/** Exporters that are remembered, and fields of their templates: the exporter that was silent longest makes room. */
const EXPORTER_LIMIT = 4096
const FIELD_LIMIT = 500_000
/** Stands before the session in the key of an exporter. */
const SESSION_MARK = '#'

/** What became of one datagram. */
export type DecodedDatagram =
  /** Everything in it was understood or passed over as it should be. */
  | 'read'
  /** What came before the damage was used. */
  | 'damaged'
  /** Nothing that is known here. */
  | 'unknown'

/** What came from one observation domain of an exporter. */
export interface ExporterCounters {
  readonly exporter: string
  readonly records: number
  readonly lost: number
  readonly withoutTemplate: number
}

/** The message that is being read. */
class CurrentMessage implements ExportMessage {
  protocol: FlowProtocol = 'netflow5'
  exporter: IpAddress = 0
  domain = 0
  sequence = 0
  exportMs = -1
  uptimeMs = -1
  fault: ExportFault | undefined = undefined
}

/**
 * Reads datagrams of NetFlow version 5 and 9 (RFC 3954), IPFIX (RFC 7011) and sFlow version 5 of any number of exporters, and
 * gives every flow to a visitor. Never throws; memory is bounded.
 */
export class FlowExportDecoder {
  readonly #exporters = new Map<string, Exporter>()
  /** By exporter without its session: the session that learnt something last. */
  readonly #learners = new Map<string, Exporter>()
  readonly #frame = new RecordFrame()
  readonly #message = new CurrentMessage()
  readonly #visit: FlowVisitor
  readonly #observer: ExportObserver | undefined
  readonly #sets: TemplateMessageReader
  readonly #sflow: SflowReader
  /** Of all templates. */
  #fields = 0
  #hasLearned = false
  #session = ''
  #place = 0

  constructor(visit: FlowVisitor, memory: readonly ExporterMemory[] = [], observer?: ExportObserver) {
    this.#visit = visit
    this.#observer = observer
    this.#sets = new TemplateMessageReader(this.#frame, visit)
    this.#sflow = new SflowReader(this.#frame, visit)
    for (const known of memory.slice(0, EXPORTER_LIMIT)) {
      const protocol = FLOW_PROTOCOLS.find((name) => name === known.key.split(' ', 2)[1])
      if (protocol === undefined) continue
      const exporter = new Exporter(known.key, protocol, known, observer)
      this.#exporters.set(known.key, exporter)
      this.#fields += exporter.templateFields
    }
  }

  /**
   * `sender` is the source address of the datagram, `receivedMs` the time in milliseconds since the Unix epoch. Datagrams of
   * different `session`s are of different exporters, whatever their heads say; `place` is remembered with gaps.
   */
  decode(
    bytes: Buffer,
    sender: IpAddress,
    receivedMs: number,
    session: string = '',
    place: number = 0,
  ): DecodedDatagram {
    if (bytes.length < 16) return 'unknown'
    this.#session = session
    this.#place = place
    this.#frame.record.exporter = sender
    const version = bytes.readUInt16BE(0)
    if (version === 5) return this.#netflow5(bytes, sender)
    if (version === 9) return this.#netflow9(bytes, sender)
    if (version === 10) return this.#ipfix(bytes, sender)
    return bytes.readUInt32BE(0) === 5 ? this.#sflow5(bytes, sender, receivedMs) : 'unknown'
  }

  /** True once after something was learnt that has to survive a restart. */
  takeLearned(): boolean {
    const hasLearned = this.#hasLearned
    this.#hasLearned = false
    return hasLearned
  }

  memory(): readonly ExporterMemory[] {
    return [...this.#exporters.values()].map((exporter) => exporter.memory())
  }

  counters(): readonly ExporterCounters[] {
    return [...this.#exporters.values()].map(({ key, records, lost, withoutTemplate }) => ({
      exporter: key,
      records,
      lost,
      withoutTemplate,
    }))
  }

  #netflow5(bytes: Buffer, sender: IpAddress): DecodedDatagram {
    if (bytes.length < NETFLOW5_HEADER_BYTES) return 'damaged'
    const exporter = this.#begin('netflow5', sender, bytes.readUInt16BE(20), bytes.readUInt32BE(16))
    this.#noteTimes(bytes.readUInt32BE(8) * 1000, bytes.readUInt32BE(4), exporter)
    const told = readNetflow5(bytes, exporter, this.#frame, this.#visit)
    const isWhole = bytes.length >= NETFLOW5_HEADER_BYTES + told * NETFLOW5_RECORD_BYTES
    return this.#end(exporter, told, told, isWhole ? undefined : 'length')
  }

  #netflow9(bytes: Buffer, sender: IpAddress): DecodedDatagram {
    if (bytes.length < 20) return 'damaged'
    const exporter = this.#begin('netflow9', sender, bytes.readUInt32BE(16), bytes.readUInt32BE(12))
    const exportMs = bytes.readUInt32BE(8) * 1000
    this.#noteTimes(exportMs, bytes.readUInt32BE(4), exporter)
    this.#frame.exportMs = exportMs
    return this.#readSets(bytes, 20, exporter, exportMs - bytes.readUInt32BE(4))
  }

  #ipfix(bytes: Buffer, sender: IpAddress): DecodedDatagram {
    const told = bytes.readUInt16BE(2)
    const message = told >= 16 && told <= bytes.length ? bytes.subarray(0, told) : bytes
    const exporter = this.#begin('ipfix', sender, bytes.readUInt32BE(12), bytes.readUInt32BE(8))
    const exportMs = bytes.readUInt32BE(4) * 1000
    this.#noteTimes(exportMs, -1, exporter)
    this.#frame.exportMs = exportMs
    return this.#readSets(message, 16, exporter, -1, message.length === told ? undefined : 'length')
  }

  #readSets(
    bytes: Buffer,
    start: number,
    exporter: Exporter,
    bootMs: number,
    outerFault?: ExportFault,
  ): DecodedDatagram {
    const { protocol } = this.#message
    const family = familyOf(exporter)
    const fieldsBefore = exporter.templateFields
    const read = this.#sets.read(bytes, start, protocol, exporter, bootMs, this.#learners.get(family))
    this.#fields += exporter.templateFields - fieldsBefore
    if (read.learned) this.#noteLearned(exporter, family)
    const isKnown = read.isComplete && outerFault === undefined
    const records = isKnown ? read.dataRecords : -1
    const flows = isKnown ? read.dataRecords - read.optionRecords : -1
    return this.#end(exporter, flows, records, outerFault ?? read.fault)
  }

  #sflow5(bytes: Buffer, sender: IpAddress, receivedMs: number): DecodedDatagram {
    const head = readSflowHead(bytes)
    if (head === undefined) return 'damaged'
    this.#frame.record.exporter = head.agent
    const exporter = this.#begin('sflow5', sender, head.subAgent, head.sequence, head.agent)
    this.#noteTimes(-1, head.uptimeMs, exporter)
    const isWhole = this.#sflow.read(bytes, head, exporter, receivedMs)
    return this.#end(exporter, -1, -1, isWhole ? undefined : 'sample')
  }

  #begin(protocol: FlowProtocol, sender: IpAddress, domain: number, sequence: number, agent?: IpAddress): Exporter {
    const message = this.#message
    message.protocol = protocol
    message.exporter = agent ?? sender
    message.domain = domain
    message.sequence = sequence
    return this.#exporter(sender, agent === undefined ? protocol : `${protocol} ${formatIp(agent)}`, domain)
  }

  #noteTimes(exportMs: number, uptimeMs: number, exporter: Exporter): void {
    this.#message.exportMs = exportMs
    this.#message.uptimeMs = uptimeMs
    if (uptimeMs >= 0) exporter.followUptime(uptimeMs)
  }

  #end(exporter: Exporter, flows: number, records: number, fault: ExportFault | undefined): DecodedDatagram {
    const message = this.#message
    exporter.sequence.follow(message.sequence, flows, records, this.#place)
    message.fault = fault
    this.#observer?.onMessage(exporter, message)
    return fault === undefined ? 'read' : 'damaged'
  }

  #exporter(sender: IpAddress, protocol: string, domain: number): Exporter {
    const session = this.#session === '' ? '' : ` ${SESSION_MARK}${this.#session}`
    const key = `${formatIp(sender)} ${protocol} ${domain}${session}`
    const exporter = this.#exporters.get(key) ?? new Exporter(key, this.#message.protocol, undefined, this.#observer)
    // The order of the map is that of the last datagrams.
    this.#exporters.delete(key)
    this.#exporters.set(key, exporter)
    if (this.#exporters.size > EXPORTER_LIMIT) this.#forgetOldest()
    return exporter
  }

  #noteLearned(exporter: Exporter, family: string): void {
    this.#hasLearned = true
    this.#learners.set(family, exporter)
    while (this.#fields > FIELD_LIMIT && this.#exporters.size > 1) this.#forgetOldest()
  }

  #forgetOldest(): void {
    for (const [key, exporter] of this.#exporters) {
      this.#exporters.delete(key)
      const family = familyOf(exporter)
      if (this.#learners.get(family) === exporter) this.#learners.delete(family)
      this.#fields -= exporter.templateFields
      exporter.forget()
      return
    }
  }
}

/** The exporter, whatever port it sends from now: templates are of the exporter (RFC 3954 section 5.1). */
function familyOf({ key }: Exporter): string {
  const end = key.indexOf(SESSION_MARK)
  return end < 0 ? key : key.slice(0, end)
}
