import type { Exporter, ExportFault, ExportMessage, FlowRecord, Template } from '#wire'
import type { ExportStreamFacts, SamplingChange, TemplateChange } from '../../findings/export-facts.ts'
import { FrameTally } from '../analysis/capture-watch.ts'
import { ClockTally } from './clock-tally.ts'
import type { ExportPath } from './export-reader.ts'

const CHANGES_KEPT = 10
const MISSING_KEPT = 16
const FLOWS_KEPT = 10
/** Templates of one exporter whose numbers are remembered. */
const TEMPLATES_KEPT = 1024
/** Delays beyond this are of clocks that are wrong. */
const DELAY_MOST_MS = 86_400_000

/** What records say until the head of their datagram is known to be good. */
export class RecordTally {
  records = 0
  packets = 0
  bytes = 0
  lowestRate = 0
  highestRate = 0
  delays = 0
  delaySumMs = 0
  longestDelayMs = 0

  clear(): void {
    this.records = this.packets = this.bytes = 0
    this.lowestRate = this.highestRate = 0
    this.delays = this.delaySumMs = this.longestDelayMs = 0
  }

  /** `nowMs` is when the datagram was captured, -1 when nobody knows. */
  add({ packets, bytes, samplingRate, endMs, protocol }: FlowRecord, nowMs: number): void {
    this.records++
    if (packets > 0) this.packets += Math.round(packets * samplingRate)
    if (bytes > 0) this.bytes += Math.round(bytes * samplingRate)
    this.#addRates(samplingRate, samplingRate)
    if (nowMs < 0 || endMs < 0 || protocol === 'sflow5') return
    const delayMs = Math.max(nowMs - endMs, 0)
    if (delayMs <= DELAY_MOST_MS) this.#addDelays(1, delayMs, delayMs)
  }

  addAll(other: RecordTally): void {
    this.records += other.records
    this.packets += other.packets
    this.bytes += other.bytes
    if (other.records > 0) this.#addRates(other.lowestRate, other.highestRate)
    this.#addDelays(other.delays, other.delaySumMs, other.longestDelayMs)
  }

  #addRates(lowest: number, highest: number): void {
    this.lowestRate = this.lowestRate === 0 ? lowest : Math.min(this.lowestRate, lowest)
    this.highestRate = Math.max(this.highestRate, highest)
  }

  #addDelays(count: number, sumMs: number, longestMs: number): void {
    this.delays += count
    this.delaySumMs += sumMs
    this.longestDelayMs = Math.max(this.longestDelayMs, longestMs)
  }
}

/** Gathers what one exporter sends. Bounded in memory. */
export class StreamTally {
  readonly #exporter: Exporter
  readonly #path: ExportPath
  #first: { readonly message: ExportMessage; readonly frame: number; readonly nowMs: number } | undefined
  #lastSequence = 0
  #lastUptimeMs = -1
  #lastFrame = 0
  #lastMs = 0
  #datagrams = 0
  #restartsSeen = 0
  readonly #told = new RecordTally()
  readonly #clock = new ClockTally()
  readonly #flows = new Set<number>()
  readonly #restarts = new FrameTally()
  readonly #faults = new Map<ExportFault, FrameTally>()
  readonly #templates = new Set<number>()
  readonly #missing = new Map<number, FrameTally>()
  readonly #templateChanges: TemplateChange[] = []
  #templateChangeCount = 0
  readonly #samplingChanges: SamplingChange[] = []
  #samplingChangeCount = 0

  constructor(exporter: Exporter, path: ExportPath) {
    this.#exporter = exporter
    this.#path = path
  }

  template({ id, fields }: Template, previous: Template | undefined, frame: number): void {
    if (this.#templates.size < TEMPLATES_KEPT) this.#templates.add(id)
    if (previous === undefined) return
    this.#templateChangeCount++
    if (this.#templateChanges.length >= CHANGES_KEPT) return
    this.#templateChanges.push({ id, frame, fieldsBefore: previous.fields.length, fieldsAfter: fields.length })
  }

  missingTemplate(id: number, frame: number): void {
    let tally = this.#missing.get(id)
    if (tally === undefined) {
      if (this.#missing.size >= MISSING_KEPT) return
      tally = new FrameTally()
      this.#missing.set(id, tally)
    }
    tally.add(frame)
  }

  samplingChange(before: number, after: number, frame: number): void {
    this.#samplingChangeCount++
    if (this.#samplingChanges.length < CHANGES_KEPT) this.#samplingChanges.push({ frame, before, after })
  }

  /** Takes a datagram, and what its records said. `isCut` says that the capture has not all of it. */
  message(
    message: ExportMessage,
    told: RecordTally,
    at: { readonly frame: number; readonly nowMs: number; readonly flow: number; readonly isCut: boolean },
  ): void {
    const { frame, nowMs, flow, isCut } = at
    const { sequence, uptimeMs, exportMs, fault } = message
    this.#first ??= { message: { ...message }, frame, nowMs }
    this.#datagrams++
    this.#lastFrame = frame
    this.#lastMs = nowMs
    this.#lastSequence = sequence
    this.#lastUptimeMs = uptimeMs
    this.#told.addAll(told)
    if (this.#flows.size < FLOWS_KEPT) this.#flows.add(flow)
    if (exportMs >= 0 && nowMs > 0) this.#clock.add(exportMs, nowMs, frame)
    if (this.#exporter.restarts > this.#restartsSeen) {
      this.#restartsSeen = this.#exporter.restarts
      this.#restarts.add(frame)
    }
    if (fault === undefined || isCut) return
    const tally = this.#faults.get(fault) ?? new FrameTally()
    this.#faults.set(fault, tally)
    tally.add(frame)
  }

  /** Of a stream of which at least one datagram came. */
  facts(): ExportStreamFacts {
    const told = this.#told
    const { message, frame, nowMs } = this.#first!
    return {
      ...this.#path,
      protocol: message.protocol,
      exporter: message.exporter,
      domain: message.domain,
      flows: this.#flows,
      datagrams: this.#datagrams,
      firstFrame: frame,
      lastFrame: this.#lastFrame,
      firstMs: nowMs,
      lastMs: this.#lastMs,
      records: told.records,
      packets: told.packets,
      bytes: told.bytes,
      templates: this.#templates.size,
      templateChanges: { count: this.#templateChangeCount, first: this.#templateChanges },
      setsWithoutTemplate: this.#exporter.withoutTemplate,
      missingTemplates: this.#missingTemplates(),
      losses: this.#exporter.sequence.losses(),
      firstSequence: message.sequence,
      lastSequence: this.#lastSequence,
      restarts: this.#restarts,
      firstUptimeMs: message.uptimeMs,
      lastUptimeMs: this.#lastUptimeMs,
      faults: this.#faults,
      clock: this.#clock.offsets(),
      samplingRates: told.records === 0 ? undefined : [told.lowestRate, told.highestRate],
      samplingChanges: { count: this.#samplingChangeCount, first: this.#samplingChanges },
      recordsOfUnknownRate: this.#exporter.unknownRates,
      delay:
        told.delays === 0 ? undefined : { averageMs: told.delaySumMs / told.delays, longestMs: told.longestDelayMs },
    }
  }

  /** What came too late is no fault: the capture began between two announcements. */
  #missingTemplates(): ExportStreamFacts['missingTemplates'] {
    if (this.#templates.size >= TEMPLATES_KEPT) return []
    return [...this.#missing].filter(([id]) => !this.#templates.has(id)).map(([id, sets]) => ({ id, sets }))
  }
}
