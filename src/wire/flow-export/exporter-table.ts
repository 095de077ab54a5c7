import type { ExportObserver } from './export-message.ts'
import { Exporter, type ExporterMemory } from './exporter.ts'
import { FLOW_PROTOCOLS, type FlowProtocol } from './flow-record.ts'

/** Sessions that are remembered, and fields of their templates: the one that was silent longest makes room. */
const EXPORTER_LIMIT = 4096
const FIELD_LIMIT = 500_000
/** Sessions of one exporter: some send every datagram from another port. */
const SESSION_LIMIT = 64
/** Stands before the session in the key of an exporter. */
const SESSION_MARK = ' #'

/** What came from one session of an observation domain of an exporter. */
export interface ExporterCounters {
  readonly exporter: string
  readonly records: number
  readonly lost: number
  readonly withoutTemplate: number
}

/** What is known of all exporters together. */
export interface ExporterTotals {
  /** Observation domains, in whatever number of sessions. */
  readonly exporters: number
  readonly lost: number
  readonly withoutTemplate: number
}

/** The sessions of one observation domain of an exporter. */
interface Family {
  /** The order is that of the last datagrams. */
  readonly sessions: Set<Exporter>
  /** The session that learnt something last: what it knows holds for those that know nothing (RFC 3954 section 5.1). */
  learner: Exporter | undefined
}

/**
 * All exporters that were heard. Two that send from one address with one number are told apart by their sessions: each has
 * templates, rates and sequence numbers of its own.
 */
export class ExporterTable {
  /** The order is that of the last datagrams. */
  readonly #exporters = new Map<string, Exporter>()
  readonly #families = new Map<string, Family>()
  readonly #observer: ExportObserver | undefined
  /** Of all templates. */
  #fields = 0
  /** Of sessions that were forgotten. */
  #lost = 0
  #withoutTemplate = 0

  constructor(memory: readonly ExporterMemory[], observer: ExportObserver | undefined) {
    this.#observer = observer
    for (const known of memory.slice(0, EXPORTER_LIMIT)) {
      const protocol = FLOW_PROTOCOLS.find((name) => name === known.key.split(' ', 2)[1])
      if (protocol === undefined) continue
      const exporter = new Exporter(known.key, protocol, known, observer)
      this.#fields += exporter.templateFields
      this.#add(familyOf(exporter), exporter).learner = exporter
    }
  }

  /** The exporter of a datagram; `session` is empty where there are none. */
  find(family: string, session: string, protocol: FlowProtocol): Exporter {
    const key = session === '' ? family : `${family}${SESSION_MARK}${session}`
    const known = this.#exporters.get(key)
    const exporter = known ?? new Exporter(key, protocol, undefined, this.#observer)
    if (known !== undefined) this.#exporters.delete(key)
    const { sessions, learner } = this.#add(family, exporter)
    if (sessions.size > SESSION_LIMIT) {
      for (const oldest of sessions) {
        if (oldest === learner) continue
        this.#forget(oldest)
        break
      }
    }
    if (this.#exporters.size > EXPORTER_LIMIT) this.#forgetOldest()
    return exporter
  }

  /** What holds for an exporter that knows nothing itself. */
  relativeOf(exporter: Exporter): Exporter | undefined {
    return this.#families.get(familyOf(exporter))?.learner
  }

  /** Notes that an exporter learnt something, and by how many fields its templates grew. */
  noteLearned(exporter: Exporter, fields: number): void {
    this.#fields += fields
    const family = this.#families.get(familyOf(exporter))
    if (family !== undefined) family.learner = exporter
    while (this.#fields > FIELD_LIMIT && this.#exporters.size > 1) this.#forgetOldest()
  }

  memory(): readonly ExporterMemory[] {
    return [...this.#exporters.values()].filter((exporter) => exporter.hasLearned).map((exporter) => exporter.memory())
  }

  counters(): readonly ExporterCounters[] {
    return [...this.#exporters.values()].map(({ key, records, lost, withoutTemplate }) => ({
      exporter: key,
      records,
      lost,
      withoutTemplate,
    }))
  }

  totals(): ExporterTotals {
    let [lost, withoutTemplate] = [this.#lost, this.#withoutTemplate]
    for (const exporter of this.#exporters.values()) {
      lost += exporter.lost
      withoutTemplate += exporter.withoutTemplate
    }
    return { exporters: this.#families.size, lost, withoutTemplate }
  }

  #add(name: string, exporter: Exporter): Family {
    this.#exporters.set(exporter.key, exporter)
    const family: Family = this.#families.get(name) ?? { sessions: new Set(), learner: undefined }
    this.#families.set(name, family)
    family.sessions.delete(exporter)
    family.sessions.add(exporter)
    return family
  }

  #forgetOldest(): void {
    for (const exporter of this.#exporters.values()) return this.#forget(exporter)
  }

  #forget(exporter: Exporter): void {
    this.#exporters.delete(exporter.key)
    const name = familyOf(exporter)
    const family = this.#families.get(name)
    family?.sessions.delete(exporter)
    if (family?.learner === exporter) family.learner = undefined
    if (family?.sessions.size === 0) this.#families.delete(name)
    this.#fields -= exporter.templateFields
    this.#lost += exporter.lost
    this.#withoutTemplate += exporter.withoutTemplate
    exporter.forget()
  }
}

/** The key without the session. */
function familyOf({ key }: Exporter): string {
  const end = key.indexOf(SESSION_MARK)
  return end < 0 ? key : key.slice(0, end)
}
