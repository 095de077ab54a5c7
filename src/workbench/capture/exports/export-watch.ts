import type { Exporter, ExportMessage, ExportObserver, FlowRecord, Packet, Template } from '#wire'
import type { ExportFacts } from '../../findings/export-facts.ts'
import { FrameTally } from '../analysis/capture-watch.ts'
import { ExportReader } from './export-reader.ts'
import { RecordTally, StreamTally } from './stream-tally.ts'

/** Exporters that are told apart; all others count for the totals only. */
const STREAMS_KEPT = 200

/** Follows the exporters in a capture: what they tell, and what becomes of their datagrams on the way. */
export class ExportWatch implements ExportObserver {
  readonly #reader = new ExportReader((record) => this.#record(record), this)
  readonly #streams = new Map<Exporter, StreamTally>()
  readonly #seen = new WeakSet<Exporter>()
  #streamCount = 0
  readonly #told = new RecordTally()
  readonly #all = new RecordTally()
  readonly #unknown = new FrameTally()
  #datagrams = 0
  #repeated = 0
  #cut = 0
  #now = { frame: 0, nowMs: 0, flow: -1, isCut: false }

  packet(packet: Packet, frame: number, flow: number): void {
    if (packet.payloadBytes <= 0 || packet.bytes[packet.payloadStart] !== 0) return
    const isCut = packet.payloadEnd - packet.payloadStart < packet.payloadBytes
    const nowMs = packet.seconds === 0 ? -1 : packet.seconds * 1000 + packet.nanoseconds / 1e6
    this.#now = { frame, nowMs, flow, isCut }
    this.#told.clear()
    const outcome = this.#reader.packet(packet, frame)
    if (outcome === 'none') return
    if (outcome === 'repeated') this.#repeated++
    else if (outcome === 'unknown') this.#unknown.add(frame)
    else {
      this.#datagrams++
      if (outcome === 'cut') this.#cut++
    }
  }

  onMessage(stream: Exporter, message: ExportMessage): void {
    this.#all.addAll(this.#told)
    this.#tally(stream)?.message(message, this.#told, this.#now)
  }

  onTemplate(stream: Exporter, template: Template, previous: Template | undefined): void {
    this.#tally(stream)?.template(template, previous, this.#now.frame)
  }

  onMissingTemplate(stream: Exporter, id: number): void {
    this.#tally(stream)?.missingTemplate(id, this.#now.frame)
  }

  onSamplingChange(stream: Exporter, before: number, after: number): void {
    this.#tally(stream)?.samplingChange(before, after, this.#now.frame)
  }

  /** Undefined when the capture has no exports. */
  facts(): ExportFacts | undefined {
    if (this.#datagrams === 0 && this.#unknown.count === 0) return undefined
    const { records, packets, bytes } = this.#all
    return {
      datagrams: this.#datagrams,
      records,
      packets,
      bytes,
      repeated: this.#repeated,
      cut: this.#cut,
      unknownVersions: this.#unknown,
      streams: [...this.#streams.values()].map((tally) => tally.facts()),
      streamCount: this.#streamCount,
    }
  }

  #record(record: FlowRecord): void {
    this.#told.add(record, this.#now.nowMs)
  }

  #tally(stream: Exporter): StreamTally | undefined {
    const known = this.#streams.get(stream)
    if (known !== undefined || this.#seen.has(stream)) return known
    this.#seen.add(stream)
    this.#streamCount++
    if (this.#streams.size >= STREAMS_KEPT) return undefined
    const tally = new StreamTally(stream, this.#reader.path)
    this.#streams.set(stream, tally)
    return tally
  }
}
