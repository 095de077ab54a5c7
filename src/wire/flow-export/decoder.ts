import { formatIp, type IpAddress } from '../ip.ts'
import type { ExportFault, ExportMessage, ExportObserver } from './export-message.ts'
import type { Exporter, ExporterMemory } from './exporter.ts'
import { type ExporterCounters, ExporterTable, type ExporterTotals } from './exporter-table.ts'
import type { FlowProtocol, FlowVisitor } from './flow-record.ts'
import { NETFLOW5_HEADER_BYTES, NETFLOW5_RECORD_BYTES, readNetflow5 } from './netflow5.ts'
import { RecordFrame } from './record-frame.ts'
import { readSflowHead, SflowReader } from './sflow.ts'
import { TemplateMessageReader } from './template-message.ts'

/** What became of one datagram. */
export type DecodedDatagram =
  /** Everything in it was understood or passed over as it should be. */
  | 'read'
  /** What came before the damage was used. */
  | 'damaged'
  /** Nothing that is known here. */
  | 'unknown'

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
  readonly #exporters: ExporterTable
  readonly #frame = new RecordFrame()
  readonly #message = new CurrentMessage()
  readonly #visit: FlowVisitor
  readonly #observer: ExportObserver | undefined
  readonly #sets: TemplateMessageReader
  readonly #sflow: SflowReader
  #hasLearned = false
  #session = ''
  #place = 0

  constructor(visit: FlowVisitor, memory: readonly ExporterMemory[] = [], observer?: ExportObserver) {
    this.#visit = visit
    this.#observer = observer
    this.#sets = new TemplateMessageReader(this.#frame, visit)
    this.#sflow = new SflowReader(this.#frame, visit)
    this.#exporters = new ExporterTable(memory, observer)
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
    return this.#exporters.memory()
  }

  counters(): readonly ExporterCounters[] {
    return this.#exporters.counters()
  }

  totals(): ExporterTotals {
    return this.#exporters.totals()
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
    const fieldsBefore = exporter.templateFields
    const read = this.#sets.read(bytes, start, protocol, exporter, bootMs, this.#exporters.relativeOf(exporter))
    if (read.learned) {
      this.#hasLearned = true
      this.#exporters.noteLearned(exporter, exporter.templateFields - fieldsBefore)
    }
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
    const name = agent === undefined ? protocol : `${protocol} ${formatIp(agent)}`
    return this.#exporters.find(`${formatIp(sender)} ${name} ${domain}`, this.#session, protocol)
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
}
