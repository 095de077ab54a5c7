import type { FlowFloodConfig } from '#config'
import {
  createFloodEngine,
  type FloodAttack,
  type FloodEngine,
  type FloodMemory,
  type FloodSample,
  type Mitigation,
} from '#detect'
import type { FlowRecord } from '#wire'
import { likelyPacket, TOLD_FIELDS } from './likely-packet.ts'

const SLICE_MS = 1000
const TICK_MS = 100
/** Slices that one flow is spread over at most: a flow that lasted longer is counted in its last part. */
const SLICES_MOST = 300
/** Samples of one slice; of more, some stand for the others. */
const SLICE_SAMPLES = 4096

export type FlowFloodChange =
  | { readonly kind: 'began'; readonly attack: FloodAttack }
  | { readonly kind: 'ended'; readonly attack: FloodAttack }
  | { readonly kind: 'described'; readonly attack: FloodAttack; readonly filter: string }

/**
 * Finds floods in records of flows. They come late and tell of a span of time: each is spread over its seconds, and these pass
 * the flood engine `delay` behind the clock.
 */
export class FlowFloods {
  readonly #engine: FloodEngine
  readonly #delayMs: number
  readonly #slices = new Map<number, { samples: FloodSample[]; seen: number }>()
  #virtualMs = 0
  /** Records that came too late to be counted. */
  late = 0

  constructor(config: FlowFloodConfig, memory: FloodMemory | undefined) {
    this.#delayMs = config.delayMs
    const { learnMs, sensitivity, thresholds, protect } = config
    // Nothing is filtered here: what the engine proposes is told, and never in force.
    this.#engine = createFloodEngine(
      { mode: 'log', learnMs, sensitivity, thresholds, protect, steps: { synCookie: false } },
      memory,
    )
  }

  add(record: FlowRecord, nowMs: number): void {
    const { packets, samplingRate } = record
    if (packets <= 0) return
    const packet = likelyPacket(record)
    if (packet === undefined) return
    const endMs = Math.min(record.endMs < 0 ? nowMs : record.endMs, nowMs)
    const startMs = record.startMs < 0 ? endMs : Math.min(record.startMs, endMs)
    const count = Math.min(Math.floor((endMs - startMs) / SLICE_MS) + 1, SLICES_MOST, packets)
    const weight = (packets * samplingRate) / count
    for (let slice = 0; slice < count; slice++) {
      const timeMs = endMs - ((slice + 0.5) * (endMs - startMs)) / count
      this.#place({ timeMs, isDropped: false, weight, interfaceName: '', ...packet })
    }
  }

  /** Lets the time pass up to now; returns what was noticed. */
  tick(nowMs: number): readonly FlowFloodChange[] {
    const untilMs = nowMs - this.#delayMs
    if (this.#virtualMs === 0 || untilMs - this.#virtualMs > SLICES_MOST * SLICE_MS) this.#virtualMs = untilMs
    const changes: FlowFloodChange[] = []
    while (this.#virtualMs + TICK_MS <= untilMs) {
      this.#virtualMs += TICK_MS
      const slice = Math.floor(this.#virtualMs / SLICE_MS)
      this.#feed(slice, this.#virtualMs)
      changes.push(...this.#changes(this.#virtualMs))
    }
    const current = Math.floor(this.#virtualMs / SLICE_MS)
    for (const slice of this.#slices.keys()) if (slice < current) this.#slices.delete(slice)
    return changes
  }

  attacks(): readonly FloodAttack[] {
    return this.#engine.attacks()
  }

  memory(): FloodMemory {
    return this.#engine.memory()
  }

  #place(sample: FloodSample): void {
    const number = Math.floor(sample.timeMs / SLICE_MS)
    if (sample.timeMs <= this.#virtualMs) {
      this.late++
      return
    }
    const slice = this.#slices.get(number) ?? { samples: [], seen: 0 }
    this.#slices.set(number, slice)
    slice.seen += sample.weight
    const { samples } = slice
    if (samples.length < SLICE_SAMPLES) samples.push(sample)
    // Each packet has the same chance to be looked at; the weights of those that are stand for all.
    else if (Math.random() * slice.seen < SLICE_SAMPLES * sample.weight) {
      samples[Math.floor(Math.random() * SLICE_SAMPLES)] = sample
    }
  }

  /** A tenth of the packets of a second in each tick. */
  #feed(number: number, nowMs: number): void {
    const slice = this.#slices.get(number)
    if (slice === undefined) return
    const ticks = SLICE_MS / TICK_MS
    const isFull = slice.samples.length === SLICE_SAMPLES
    for (const sample of slice.samples) {
      const weight = isFull ? slice.seen / SLICE_SAMPLES : sample.weight
      this.#engine.add({ ...sample, timeMs: nowMs, weight: weight / ticks })
    }
  }

  #changes(nowMs: number): FlowFloodChange[] {
    const changes: FlowFloodChange[] = []
    for (const change of this.#engine.tick(nowMs)) {
      if (change.kind === 'attackBegan') changes.push({ kind: 'began', attack: change.attack })
      else if (change.kind === 'attackEnded') changes.push({ kind: 'ended', attack: change.attack })
      else if (change.kind === 'mitigationAdded' || change.kind === 'mitigationRevised') {
        const attack = this.#engine.attacks().find(({ id }) => id === change.mitigation.attackId)
        const filter = filterOf(change.mitigation)
        if (attack !== undefined && filter !== undefined) changes.push({ kind: 'described', attack, filter })
      }
    }
    return changes
  }
}

const FIELD_NAME = /\b[a-z0-9_]+(?:\.[a-z0-9_]+)+\b/g

/** The conditions of a proposed rule whose fields flows have. */
function filterOf({ destination, evidence }: Mitigation): string | undefined {
  const told = evidence.conditions
    .map(({ text }) => text)
    .filter((text) => (text.replaceAll(/"[^"]*"/g, '').match(FIELD_NAME) ?? []).every(isToldOrAddress))
  if (told.length === 0) return undefined
  const target = destination.includes('/') ? `ip.dst in {${destination}}` : `ip.dst == ${destination}`
  return [...new Set([target, ...told])].join(' and ')
}

function isToldOrAddress(word: string): boolean {
  return TOLD_FIELDS.has(word) || /^[0-9.]+$/.test(word)
}
