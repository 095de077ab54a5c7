import type { ExportObserver } from './export-message.ts'
import type { FlowProtocol } from './flow-record.ts'
import type { RecordFrame } from './record-frame.ts'
import { SequenceWatch } from './sequence-watch.ts'
import { RecordLayout, type Template } from './template.ts'

/** Templates of one exporter. */
const TEMPLATE_LIMIT = 1024
/** Samplers of one exporter, and interfaces with a rate of their own. */
const SAMPLER_LIMIT = 256
/** Numbers up to this are those of sets, not of templates. */
const LAST_SET_ID = 3
/** Interfaces or samplers whose rates are followed. */
const RATE_LIMIT = 256
/** Datagrams overtake each other by less than this. */
const OVERTAKING_MS = 2000
/** The counter of milliseconds begins anew after 49.7 days. */
const UPTIME_END_MS = 2 ** 32
const WRAP_MARGIN_MS = 3_600_000

/** What has to be known of an exporter to read what it sends, as plain data: it survives a restart. */
export interface ExporterMemory {
  readonly key: string
  readonly templates: readonly Template[]
  readonly samplingRate: number
  readonly samplers: readonly (readonly [id: number, rate: number])[]
  /** Rates of single interfaces, by ifIndex. */
  readonly interfaceRates: readonly (readonly [id: number, rate: number])[]
  readonly systemInitMs: number
}

/** One observation domain of one exporter: templates, sampling, and what was lost on the way. */
export class Exporter {
  readonly key: string
  readonly sequence: SequenceWatch
  readonly #observer: ExportObserver | undefined
  readonly #layouts = new Map<number, RecordLayout>()
  readonly #samplers = new Map<number, number>()
  readonly #interfaceRates = new Map<number, number>()
  /** What the observer was told. */
  readonly #rates = new Map<number, number>()
  #templateFields = 0
  #samplingRate = -1
  #systemInitMs = -1
  #uptimeMs = -1
  records = 0
  /** Data sets that came before their template. */
  withoutTemplate = 0
  /** Records of samplers that the exporter never described. */
  unknownRates = 0
  restarts = 0

  constructor(key: string, protocol: FlowProtocol, memory?: ExporterMemory, observer?: ExportObserver) {
    this.key = key
    this.sequence = new SequenceWatch(protocol)
    if (memory !== undefined) {
      for (const template of memory.templates) this.learn(template)
      for (const [id, rate] of memory.samplers) this.#samplers.set(id, rate)
      for (const [id, rate] of memory.interfaceRates) this.#interfaceRates.set(id, rate)
      this.#samplingRate = memory.samplingRate
      this.#systemInitMs = memory.systemInitMs
    }
    this.#observer = observer
  }

  /** Units that the sequence numbers count and that never came: flows, messages or datagrams. */
  get lost(): number {
    return this.sequence.losses().lost
  }

  layout(id: number): RecordLayout | undefined {
    return this.#layouts.get(id)
  }

  /** True when it says something new. */
  learn(template: Template): boolean {
    const known = this.#layouts.get(template.id)
    if (known !== undefined && isSame(known.template, template)) return false
    if (known === undefined && this.#layouts.size >= TEMPLATE_LIMIT) return false
    this.#templateFields += template.fields.length - (known?.template.fields.length ?? 0)
    this.#layouts.set(template.id, new RecordLayout(template))
    this.#observer?.onTemplate(this, template, known?.template)
    return true
  }

  /** Notes a data set that cannot be read. */
  missTemplate(id: number): void {
    this.withoutTemplate++
    this.#observer?.onMissingTemplate(this, id)
  }

  /** Forgets a template; all of a kind when the number is that of their set (RFC 7011 section 8.1). */
  withdraw(id: number, isOptions: boolean): void {
    for (const [known, { template }] of this.#layouts) {
      const isMeant = id > LAST_SET_ID ? known === id : template.isOptions === isOptions
      if (!isMeant) continue
      this.#layouts.delete(known)
      this.#templateFields -= template.fields.length
    }
  }

  /** Takes what a record of an options template says about the exporter; true when it is new. */
  learnOptions(frame: RecordFrame): boolean {
    const rate = frame.samplingRate
    const isNewRate = rate > 0 && this.#learnRate(frame, rate)
    const isNewInit = frame.systemInitMs >= 0 && frame.systemInitMs !== this.#systemInitMs
    if (isNewInit) this.#systemInitMs = frame.systemInitMs
    return isNewRate || isNewInit
  }

  /** Takes the rate of a sampler, of an interface, or of all. */
  #learnRate({ sampler, record: { inputInterface } }: RecordFrame, rate: number): boolean {
    const isOfInterface = sampler < 0 && inputInterface > 0
    const id = isOfInterface ? inputInterface : sampler
    // Samplers and interfaces have the same numbers.
    this.noteRate(isOfInterface ? -1 - id : id, rate)
    if (id < 0) {
      const isNew = this.#samplingRate !== rate
      this.#samplingRate = rate
      return isNew
    }
    const rates = isOfInterface ? this.#interfaceRates : this.#samplers
    if (rates.get(id) === rate || (rates.size >= SAMPLER_LIMIT && !rates.has(id))) return false
    rates.set(id, rate)
    return true
  }

  /** The rate that holds for a record: its own, that of its sampler, of its interface, of the exporter, or 1. */
  rateOf(frame: RecordFrame): number {
    if (frame.samplingRate > 0) return frame.samplingRate
    const { sampler, record } = frame
    const own =
      this.#samplers.get(sampler) ??
      this.#interfaceRates.get(record.inputInterface) ??
      this.#interfaceRates.get(record.outputInterface)
    if (own !== undefined) return own
    if (this.#samplingRate > 0) return this.#samplingRate
    // What is the same everywhere holds also where records do not say by whom they were sampled.
    const only = onlyRate(this.#samplers) ?? (sampler < 0 ? onlyRate(this.#interfaceRates) : undefined)
    if (only !== undefined) return only
    if (sampler > 0 || this.#interfaceRates.size > 0) this.unknownRates++
    return 1
  }

  /** Notes the rate of a sampler or of an interface; -1 stands for all of them. */
  noteRate(of: number, rate: number): void {
    if (this.#observer === undefined) return
    const before = this.#rates.get(of)
    if (before === rate || (before === undefined && this.#rates.size >= RATE_LIMIT)) return
    this.#rates.set(of, rate)
    if (before !== undefined) this.#observer.onSamplingChange(this, before, rate)
  }

  get templateFields(): number {
    return this.#templateFields
  }

  get systemInitMs(): number {
    return this.#systemInitMs
  }

  /** Whether anything was learnt that is needed to read what it sends. */
  get hasLearned(): boolean {
    return this.#layouts.size > 0 || this.#samplingRate > 0 || this.#samplers.size > 0 || this.#interfaceRates.size > 0
  }

  /** Gives its templates back; what was counted stays. */
  forget(): void {
    this.#layouts.clear()
    this.#templateFields = 0
  }

  /** Notes how long the exporter says that it runs, in milliseconds: when it was longer before, it began anew. */
  followUptime(uptimeMs: number): void {
    const before = this.#uptimeMs
    this.#uptimeMs = uptimeMs
    if (uptimeMs >= before - OVERTAKING_MS) return
    if (before > UPTIME_END_MS - WRAP_MARGIN_MS && uptimeMs < WRAP_MARGIN_MS) return
    this.restarts++
    this.sequence.restart()
  }

  memory(): ExporterMemory {
    return {
      key: this.key,
      templates: [...this.#layouts.values()].map(({ template }) => template),
      samplingRate: this.#samplingRate,
      samplers: [...this.#samplers],
      interfaceRates: [...this.#interfaceRates],
      systemInitMs: this.#systemInitMs,
    }
  }
}

/** The rate that all have; undefined when they differ, or there is none. */
function onlyRate(rates: ReadonlyMap<number, number>): number | undefined {
  let only: number | undefined
  for (const rate of rates.values()) {
    if (only !== undefined && rate !== only) return undefined
    only = rate
  }
  return only
}

function isSame(one: Template, other: Template): boolean {
  if (one.isOptions !== other.isOptions || one.fields.length !== other.fields.length) return false
  return one.fields.every((field, index) => {
    const { element, enterprise, lengthBytes } = other.fields[index]
    return field.element === element && field.enterprise === enterprise && field.lengthBytes === lengthBytes
  })
}
