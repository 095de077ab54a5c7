import { messageOf } from '#kernel'
import type { Readers } from '#fields'
import { createEventEncoder, type EventEncoder } from './encoder.ts'
import type { EventHead, RecordedKind } from './event.ts'
import { Redactor } from './redaction.ts'
import type { RedactionNames } from './redaction-table.ts'
import { keeps, keptShare } from './sampling.ts'
import { SpoolUsage } from './spool-usage.ts'
import { SpoolWriter } from './spool-writer.ts'
import { SystemLog } from './system-log.ts'
import type { SharedColumns } from './shared-columns.ts'
import { createWriterName, retireWriterName } from './writer-name.ts'

export interface EventRecorderOptions<Context> {
  readonly kind: RecordedKind
  /** Directory of the spool. */
  readonly directory: string
  /** Bytes that the whole spool may take: `events.spoolBytes`. */
  readonly budgetBytes: number
  readonly readers: Readers<Context>
  /** Secret key of this installation, 32 bytes. */
  readonly redactionKey: Uint8Array
  readonly redaction: RedactionNames
  /** Columns whose text may be kept from event to event. */
  readonly shared?: readonly SharedColumns<Context>[]
}

/** What a recorder did since it was made. Plain numbers, for metrics. */
export interface SpoolCounters {
  readonly rows: number
  readonly bytes: number
  /** Events that sampling left out; the weights of the kept ones stand for them. */
  readonly sampledOut: number
  /** Sum of the weights of events that were lost: spool full, disk full. */
  readonly dropped: number
  /** Events that could not be encoded: a fault of ours. */
  readonly failed: number
  /** Bytes of the whole spool at the last look. */
  readonly spoolBytes: number
  /** 1 while rows cannot be written. */
  readonly writeFault: 0 | 1
}

const LOOK_MS = 1000
/** While events are being lost, a system event says so this often. */
const REPEAT_MS = 10_000

/**
 * What a data worker has to know of the log: samples, encodes, redacts and spools one event at a time.
 * Never blocks and never throws; what is lost is counted and reported as a system event.
 */
export class EventRecorder<Context> {
  /** For other system events of this thread. */
  readonly system: SystemLog
  readonly #usage: SpoolUsage
  readonly #writer: SpoolWriter
  readonly #name = createWriterName()
  readonly #encode: EventEncoder<Context>
  readonly #timer: NodeJS.Timeout
  #rows = 0
  #sampledOut = 0
  #dropped = 0
  #failed = 0
  #encodeFault: string | undefined
  #reportedDropped = 0
  #reportedFailed = 0
  #reportedAtMs = -REPEAT_MS
  #sampling = false

  constructor(options: EventRecorderOptions<Context>) {
    this.#usage = new SpoolUsage(options.directory, options.budgetBytes)
    this.#writer = new SpoolWriter({ kind: options.kind, writer: this.#name, usage: this.#usage })
    this.system = new SystemLog(this.#usage)
    this.#encode = createEventEncoder({
      kind: options.kind,
      readers: options.readers,
      redactor: new Redactor(options.redactionKey, options.redaction),
      shared: options.shared ?? [],
    })
    this.#timer = setInterval(() => void this.#look(), LOOK_MS)
    this.#timer.unref()
    void this.#look()
  }

  record(head: EventHead, context: Context): void {
    const fill = this.#usage.fill
    const share = head.decision.verdict === 'allow' ? keptShare(fill) : 1
    if (share < 1 && !keeps(head.trace ?? head.ray, share)) {
      this.#sampledOut += head.weight ?? 1
      return
    }
    const weight = (head.weight ?? 1) / share
    if (fill >= 1) {
      this.#dropped += weight
      return
    }
    let row: string
    try {
      row = this.#encode(head, context, weight)
    } catch (thrown) {
      this.#failed++
      this.#encodeFault = messageOf(thrown)
      return
    }
    if (this.#writer.append(row)) this.#rows++
    else this.#dropped += weight
  }

  counters(): SpoolCounters {
    return {
      rows: this.#rows,
      bytes: this.#writer.writtenBytes,
      sampledOut: this.#sampledOut,
      dropped: this.#dropped,
      failed: this.#failed,
      spoolBytes: this.#usage.bytes,
      writeFault: this.#writer.fault === undefined ? 0 : 1,
    }
  }

  /** Writes what is buffered and hands the last segments to the store. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#writer.close()
    if (this.#writer.fault === undefined) retireWriterName(this.#name)
    this.#reportLosses()
    await this.system.close()
  }

  async #look(): Promise<void> {
    await this.#usage.refresh()
    this.#reportSampling()
    if (performance.now() - this.#reportedAtMs >= REPEAT_MS) this.#reportLosses()
  }

  #reportSampling(): void {
    const sampling = keptShare(this.#usage.fill) < 1
    if (sampling === this.#sampling) return
    this.#sampling = sampling
    const facts = { spoolBytes: this.#usage.bytes, budgetBytes: this.#usage.budgetBytes }
    if (sampling) {
      this.system.report('warn', 'events-sampled', 'The spool is half full: allowed events are sampled', facts)
    } else {
      this.system.report('info', 'events-complete', 'The spool drained: every event is kept again', facts)
    }
  }

  #reportLosses(): void {
    const dropped = this.#dropped - this.#reportedDropped
    const failed = this.#failed - this.#reportedFailed
    const fault = this.#writer.fault
    if (dropped === 0 && failed === 0 && fault === undefined) return
    this.#reportedAtMs = performance.now()
    this.#reportedDropped = this.#dropped
    this.#reportedFailed = this.#failed
    if (dropped > 0 || fault !== undefined) {
      const reason = fault ?? 'the spool is full: the event store is behind or its disk is full'
      this.system.report('error', 'events-dropped', `Events are not being recorded: ${reason}`, {
        dropped,
        spoolBytes: this.#usage.bytes,
        budgetBytes: this.#usage.budgetBytes,
      })
    }
    if (failed > 0) {
      this.system.report('error', 'events-failed', `Events could not be encoded: ${this.#encodeFault ?? ''}`, {
        failed,
      })
    }
  }
}
