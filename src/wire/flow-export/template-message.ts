import type { ExportFault } from './export-message.ts'
import type { Exporter } from './exporter.ts'
import type { FlowProtocol, FlowRecord, FlowVisitor } from './flow-record.ts'
import type { RecordFrame } from './record-frame.ts'
import type { RecordLayout } from './template.ts'
import { readTemplateSet, type TemplateKind } from './template-set.ts'

const SET_HEADER_BYTES = 4
const FIRST_DATA_SET = 256

/** Sets of templates, by protocol and number. */
const TEMPLATE_SETS: Readonly<Record<string, Readonly<Record<number, TemplateKind>>>> = {
  netflow9: { 0: 'netflow9', 1: 'netflow9Options' },
  ipfix: { 2: 'ipfix', 3: 'ipfixOptions' },
}

/** What the sets of one message gave. */
export interface ReadSets {
  /** Of the first set that is damaged. */
  readonly fault: ExportFault | undefined
  /** Data records, also those about the exporter: what IPFIX counts. */
  readonly dataRecords: number
  /** Of these the records about the exporter. */
  readonly optionRecords: number
  /** Every data set could be read, so that the records are all there are. */
  readonly isComplete: boolean
  /** A template or an option was new. */
  readonly learned: boolean
}

/** Reads the sets of messages whose records are described by templates: NetFlow version 9 and IPFIX. */
export class TemplateMessageReader {
  readonly #frame: RecordFrame
  readonly #visit: FlowVisitor
  #exporter!: Exporter
  #relative: Exporter | undefined
  #protocol: FlowProtocol = 'ipfix'
  #bootMs = -1
  #dataRecords = 0
  #optionRecords = 0
  #learned = false

  constructor(frame: RecordFrame, visit: FlowVisitor) {
    this.#frame = frame
    this.#visit = visit
  }

  /**
   * `bootMs` is when the exporter started as the message tells it, -1 when it does not; `relative` has what holds where
   * the exporter has learnt nothing: templates, rates and when it started.
   */
  read(
    bytes: Buffer,
    start: number,
    protocol: FlowProtocol,
    exporter: Exporter,
    bootMs: number,
    relative: Exporter | undefined,
  ): ReadSets {
    this.#exporter = exporter
    this.#relative = relative
    this.#protocol = protocol
    this.#bootMs = bootMs
    this.#dataRecords = 0
    this.#optionRecords = 0
    this.#learned = false
    const missedBefore = exporter.withoutTemplate
    let fault: ExportFault | undefined = undefined
    let at = start
    while (at + SET_HEADER_BYTES <= bytes.length) {
      const length = bytes.readUInt16BE(at + 2)
      if (length < SET_HEADER_BYTES || at + length > bytes.length) {
        fault ??= 'set'
        break
      }
      fault ??= this.#readSet(bytes.readUInt16BE(at), bytes, at + SET_HEADER_BYTES, at + length)
      at += length
    }
    return {
      fault,
      dataRecords: this.#dataRecords,
      optionRecords: this.#optionRecords,
      isComplete: fault === undefined && exporter.withoutTemplate === missedBefore,
      learned: this.#learned,
    }
  }

  #readSet(id: number, bytes: Buffer, start: number, end: number): ExportFault | undefined {
    if (id >= FIRST_DATA_SET) {
      const layout = this.#exporter.layout(id) ?? this.#relative?.layout(id)
      if (layout === undefined) this.#exporter.missTemplate(id)
      else this.#readData(layout, bytes, start, end)
      return undefined
    }
    const kind = TEMPLATE_SETS[this.#protocol]?.[id]
    if (kind === undefined) return 'set'
    const isWhole = readTemplateSet(kind, bytes, start, end, (template) => {
      if ('withdrawn' in template) this.#exporter.withdraw(template.withdrawn, template.isOptions)
      else if (this.#exporter.learn(template)) this.#learned = true
    })
    return isWhole ? undefined : 'template'
  }

  #readData(layout: RecordLayout, bytes: Buffer, start: number, end: number): void {
    const frame = this.#frame
    let at = start
    while (at + layout.leastBytes <= end) {
      frame.reset(this.#protocol)
      at = layout.read(bytes, at, end, frame)
      // What is left is padding, or cut off.
      if (at < 0) return
      this.#dataRecords++
      if (layout.template.isOptions) {
        this.#optionRecords++
        this.#learned = this.#exporter.learnOptions(frame) || this.#learned
      } else this.#emit()
    }
  }

  #emit(): void {
    const frame = this.#frame
    const { record } = frame
    const learnt = this.#exporter.hasLearned ? this.#exporter : (this.#relative ?? this.#exporter)
    const { systemInitMs } = learnt
    frame.settle(this.#bootMs >= 0 ? this.#bootMs : systemInitMs)
    // Events of address translation, counters of interfaces, ...: not flows.
    if (record.source === undefined || record.destination === undefined) return
    record.samplingRate = learnt.rateOf(frame)
    const { reverseBytes, reversePackets } = frame
    if (record.packets > 0 || record.bytes > 0 || reversePackets <= 0) this.#tell(record)
    if (reversePackets <= 0 && reverseBytes <= 0) return
    record.turn()
    record.packets = reversePackets
    record.bytes = reverseBytes
    record.tcpFlags = frame.reverseTcpFlags
    this.#tell(record)
  }

  #tell(record: FlowRecord): void {
    this.#exporter.records++
    this.#visit(record)
  }
}
