import { FLOW_READERS, type FlowFacts } from '#detect/captures'
import type { FieldValue } from '#fields'
import { type Expression, fieldsOf } from '#rules'
import { type ExportedFlowVisitor, readExportedFlows } from '../../capture/exports/exported-flows.ts'
import type { FactRow } from './fact-row.ts'
import { MaskCounter } from './mask-counter.ts'
import type { Population, RateCounts, RateQuestion, Sample, Tally } from './population.ts'
import { RateCounter } from './rate-counter.ts'
import { Reservoir } from './reservoir.ts'
import { isWithin, type TimeWindow } from './time-window.ts'

/** The flows that the exports of a capture tell, in place of the datagrams that tell them. The file is read anew for each question. */
export class ExportedFlowPopulation implements Population {
  readonly #path: string
  readonly #window: TimeWindow
  #notes: readonly string[] = []

  constructor(path: string, window: TimeWindow = {}) {
    this.#path = path
    this.#window = window
  }

  async sample(limit: number, seed: number): Promise<Sample> {
    const reservoir = new Reservoir<FactRow>(limit, seed)
    await this.#read((flow, { timeMicros }) => {
      const place = reservoir.place()
      if (place >= 0) reservoir.items[place] = { timeMicros, facts: factsOf(flow) }
    })
    return { rows: reservoir.items, total: reservoir.total }
  }

  canDecide(condition: Expression): boolean {
    return [...fieldsOf(condition)].every((name) => FLOW_READERS.read[name] !== undefined)
  }

  async tally(conditions: readonly Expression[]): Promise<Tally> {
    const counter = new MaskCounter<FlowFacts>(conditions, FLOW_READERS)
    await this.#read((flow) => counter.add(flow))
    return counter.tally()
  }

  async rates(questions: readonly RateQuestion[]): Promise<readonly RateCounts[] | undefined> {
    const counter = new RateCounter<FlowFacts>(questions, FLOW_READERS)
    await this.#read((flow, { timeMicros }) => counter.add(flow, timeMicros))
    return counter.answer()
  }

  notes(): readonly string[] {
    return this.#notes
  }

  async #read(visit: ExportedFlowVisitor): Promise<void> {
    const hasWindow = this.#window.sinceMicros !== undefined || this.#window.untilMicros !== undefined
    const { notes } = await readExportedFlows(this.#path, (flow, at) => {
      if (!hasWindow || isWithin(this.#window, at.timeMicros)) visit(flow, at)
    })
    this.#notes = notes
      .slice(0, NOTES)
      .map(({ offsetBytes, detail }) => `${this.#path}: byte ${offsetBytes}: ${detail}`)
  }
}

/** A broken file may be broken in every record. */
const NOTES = 5

const READ_FIELDS = Object.entries(FLOW_READERS.read)

/** Everything that the record tells. */
function factsOf(flow: FlowFacts): FactRow['facts'] {
  const facts: Record<string, FieldValue> = {}
  for (const [name, read] of READ_FIELDS) {
    const value = read(flow)
    if (value !== undefined) facts[name] = value
  }
  return facts
}
