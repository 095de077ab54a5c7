import { FLOW_READERS, FlowFacts, GeoLookup } from '#detect'
import { EventRecorder } from '#events'
import { messageOf, RayMaker } from '#kernel'
import { type DatagramReceiver, receiveDatagrams } from '#net'
import { FlowExportDecoder, type FlowRecord, inRange, type IpAddress } from '#wire'
import { FloodReports } from './flood-reports.ts'
import { readMemory, writeMemory } from './memory-file.ts'
import type { CollectorStart, FromCollector } from './messages.ts'

const TICK_MS = 1000
/** While datagrams come that cannot be used, a system event says so this often. */
const REPEAT_MS = 60_000

const OBSERVED = { verdict: 'allow', why: 'a flow that was exported', matches: [] } as const

/** Receives flow exports of any protocol on its addresses, and records every flow as an event. */
export class Collector {
  readonly #start: CollectorStart
  readonly #post: (message: FromCollector) => void
  readonly #recorder: EventRecorder<FlowFacts>
  readonly #facts: FlowFacts
  readonly #rays = new RayMaker()
  readonly #decoder: FlowExportDecoder
  readonly #receivers: DatagramReceiver[] = []
  readonly #timer: NodeJS.Timeout
  readonly #floods: FloodReports | undefined
  readonly #datagrams = { read: 0, damaged: 0, unknown: 0, refused: 0 }
  #records = 0
  #nowMs = 0
  #complainedAtMs = -REPEAT_MS
  #complained = 0

  constructor(start: CollectorStart, post: (message: FromCollector) => void) {
    this.#start = start
    this.#post = post
    this.#facts = new FlowFacts(start.geo === undefined ? undefined : new GeoLookup(start.geo))
    this.#recorder = new EventRecorder({
      kind: 'flow',
      directory: start.spoolDirectory,
      budgetBytes: start.events.spoolBytes,
      readers: FLOW_READERS,
      redactionKey: start.redactionKey,
      redaction: start.events,
    })
    const { memory, fault } = readMemory(start.memoryFile)
    if (fault !== undefined) this.#recorder.system.report('warn', 'flow-templates-lost', fault)
    this.#decoder = new FlowExportDecoder((record) => this.#record(record), memory)
    const { floods } = start.flows
    this.#floods =
      floods === undefined || floods.mode === 'off'
        ? undefined
        : new FloodReports(floods, start.floodFile, this.#recorder.system)
    this.#timer = setInterval(() => this.#tick(), TICK_MS)
  }

  /** @throws TidegateError ERR_LISTEN_FAILED */
  async listen(): Promise<void> {
    for (const address of this.#start.flows.listeners) {
      const receiver = await receiveDatagrams(address, {
        onDatagram: (bytes, sender, senderPort) => this.#take(bytes, sender, senderPort),
        onError: (error) => this.#recorder.system.report('error', 'flow-listener-fault', messageOf(error)),
      })
      this.#receivers.push(receiver)
    }
    this.#post({ type: 'ready', addresses: this.#receivers.map(({ address }) => address) })
  }

  /** Stops receiving, keeps what was learnt, and hands over the log. */
  async drain(): Promise<void> {
    clearInterval(this.#timer)
    await Promise.all(this.#receivers.map((receiver) => receiver.close()))
    this.#tick()
    this.#floods?.close()
    await this.#recorder.close()
    this.#post({ type: 'drained' })
  }

  #take(bytes: Buffer, sender: IpAddress, senderPort: number): void {
    const { exporters } = this.#start.flows
    if (exporters.length > 0 && !exporters.some((range) => inRange(sender, range))) {
      this.#datagrams.refused++
      return
    }
    this.#nowMs = Date.now()
    this.#datagrams[this.#decoder.decode(bytes, sender, this.#nowMs, String(senderPort))]++
  }

  #record(record: FlowRecord): void {
    this.#records++
    this.#floods?.add(record, this.#nowMs)
    this.#facts.record = record
    const head = {
      ray: this.#rays.next(this.#nowMs),
      // The flow is of when it ended; a clock that is wrong by more than a day tells nothing.
      timeMicros: timeOf(record, this.#nowMs) * 1000,
      point: 'flow-telemetry',
      policyVersion: '',
      decision: OBSERVED,
    } as const
    this.#recorder.record(head, this.#facts)
  }

  #tick(): void {
    if (this.#decoder.takeLearned()) this.#keep()
    this.#floods?.tick(Date.now())
    const { exporters, lost, withoutTemplate } = this.#decoder.totals()
    const spool = this.#recorder.counters()
    this.#complain(withoutTemplate)
    this.#post({
      type: 'counters',
      counters: {
        'tidegate_flow_datagrams_total{result="read"}': this.#datagrams.read,
        'tidegate_flow_datagrams_total{result="damaged"}': this.#datagrams.damaged,
        'tidegate_flow_datagrams_total{result="unknown"}': this.#datagrams.unknown,
        'tidegate_flow_datagrams_total{result="refused"}': this.#datagrams.refused,
        tidegate_flow_records_total: this.#records,
        tidegate_flow_exports_lost_total: lost,
        tidegate_flow_sets_without_template_total: withoutTemplate,
        tidegate_flow_exporters: exporters,
        tidegate_flow_floods: this.#floods?.attacks ?? 0,
        tidegate_flow_events_total: spool.rows,
        tidegate_flow_events_sampled_out_total: spool.sampledOut,
        tidegate_flow_events_dropped_total: spool.dropped,
      },
    })
  }

  #keep(): void {
    try {
      writeMemory(this.#start.memoryFile, this.#decoder.memory())
    } catch (error) {
      const message = `templates of exporters cannot be kept: ${messageOf(error)}`
      this.#recorder.system.report('error', 'flow-templates-lost', message)
    }
  }

  #complain(withoutTemplate: number): void {
    const { damaged, unknown, refused } = this.#datagrams
    const complaints = damaged + unknown + refused + withoutTemplate
    if (complaints === this.#complained || performance.now() - this.#complainedAtMs < REPEAT_MS) return
    this.#complained = complaints
    this.#complainedAtMs = performance.now()
    const message = 'Some flow exports could not be used'
    this.#recorder.system.report('warn', 'flow-exports-unusable', message, {
      damaged,
      unknown,
      refused,
      withoutTemplate,
    })
  }
}

const MOST_SKEW_MS = 86_400_000

function timeOf({ endMs }: FlowRecord, nowMs: number): number {
  return endMs >= 0 && Math.abs(endMs - nowMs) < MOST_SKEW_MS ? endMs : nowMs
}
