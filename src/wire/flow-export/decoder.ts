import { formatIp, type IpAddress } from '../ip.ts'
import { Exporter, type ExporterMemory } from './exporter.ts'
import type { FlowVisitor } from './flow-record.ts'
import { NETFLOW5_HEADER_BYTES, readNetflow5 } from './netflow5.ts'
import { RecordFrame } from './record-frame.ts'
import { readSflowHead, SflowReader } from './sflow.ts'
import { TemplateMessageReader } from './template-message.ts'

/** Exporters that are remembered, and fields of their templates: the exporter that was silent longest makes room. */
const EXPORTER_LIMIT = 4096
const FIELD_LIMIT = 500_000

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

/**
 * Reads datagrams of NetFlow version 5 and 9 (RFC 3954), IPFIX (RFC 7011) and sFlow version 5 of any number of exporters, and
 * gives every flow to a visitor. Never throws; memory is bounded.
 */
export class FlowExportDecoder {
  readonly #exporters = new Map<string, Exporter>()
  readonly #frame = new RecordFrame()
  readonly #visit: FlowVisitor
  readonly #sets: TemplateMessageReader
  readonly #sflow: SflowReader
  #hasLearned = false

  constructor(visit: FlowVisitor, memory: readonly ExporterMemory[] = []) {
    this.#visit = visit
    this.#sets = new TemplateMessageReader(this.#frame, visit)
    this.#sflow = new SflowReader(this.#frame, visit)
    for (const known of memory.slice(0, EXPORTER_LIMIT)) this.#exporters.set(known.key, new Exporter(known.key, known))
  }

  /** `sender` is the source address of the datagram, `receivedMs` the time in milliseconds since the Unix epoch. */
  decode(bytes: Buffer, sender: IpAddress, receivedMs: number): DecodedDatagram {
    if (bytes.length < 16) return 'unknown'
    this.#frame.record.exporter = sender
    const version = bytes.readUInt16BE(0)
    if (version === 5) return outcome(this.#netflow5(bytes, sender))
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

  #netflow5(bytes: Buffer, sender: IpAddress): boolean {
    if (bytes.length < NETFLOW5_HEADER_BYTES) return false
    return readNetflow5(bytes, this.#exporter(sender, 'netflow5', bytes.readUInt16BE(20)), this.#frame, this.#visit)
  }

  #netflow9(bytes: Buffer, sender: IpAddress): DecodedDatagram {
    if (bytes.length < 20) return 'damaged'
    const exporter = this.#exporter(sender, 'netflow9', bytes.readUInt32BE(16))
    const exportMs = bytes.readUInt32BE(8) * 1000
    this.#frame.exportMs = exportMs
    exporter.follow(bytes.readUInt32BE(12), 1)
    const read = this.#sets.read(bytes, 20, 'netflow9', exporter, exportMs - bytes.readUInt32BE(4))
    this.#noteLearned(read.learned)
    return outcome(read.isWhole)
  }

  #ipfix(bytes: Buffer, sender: IpAddress): DecodedDatagram {
    const told = bytes.readUInt16BE(2)
    const message = told >= 16 && told <= bytes.length ? bytes.subarray(0, told) : bytes
    const exporter = this.#exporter(sender, 'ipfix', bytes.readUInt32BE(12))
    this.#frame.exportMs = bytes.readUInt32BE(4) * 1000
    const read = this.#sets.read(message, 16, 'ipfix', exporter, -1)
    exporter.follow(bytes.readUInt32BE(8), read.dataRecords)
    this.#noteLearned(read.learned)
    return outcome(read.isWhole && message.length === told)
  }

  #sflow5(bytes: Buffer, sender: IpAddress, receivedMs: number): DecodedDatagram {
    const head = readSflowHead(bytes)
    if (head === undefined) return 'damaged'
    this.#frame.record.exporter = head.agent
    const exporter = this.#exporter(sender, `sflow5 ${formatIp(head.agent)}`, head.subAgent)
    exporter.follow(head.sequence, 1)
    return outcome(this.#sflow.read(bytes, head, exporter, receivedMs))
  }

  #exporter(sender: IpAddress, protocol: string, domain: number): Exporter {
    const key = `${formatIp(sender)} ${protocol} ${domain}`
    const exporter = this.#exporters.get(key) ?? new Exporter(key)
    // The order of the map is that of the last datagrams.
    this.#exporters.delete(key)
    this.#exporters.set(key, exporter)
    if (this.#exporters.size > EXPORTER_LIMIT) this.#forgetOldest()
    return exporter
  }

  #noteLearned(learned: boolean): void {
    if (!learned) return
    this.#hasLearned = true
    let fields = 0
    for (const { templateFields } of this.#exporters.values()) fields += templateFields
    while (fields > FIELD_LIMIT && this.#exporters.size > 1) fields -= this.#forgetOldest()
  }

  /** Returns how many fields of templates were forgotten. */
  #forgetOldest(): number {
    for (const [key, { templateFields }] of this.#exporters) {
      this.#exporters.delete(key)
      return templateFields
    }
    return 0
  }
}

function outcome(isWhole: boolean): DecodedDatagram {
  return isWhole ? 'read' : 'damaged'
}
