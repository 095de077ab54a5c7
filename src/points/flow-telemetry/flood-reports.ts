import { existsSync, readFileSync } from 'node:fs'
import { type FlowFloodConfig, writeFileAtomically } from '#config'
import type { FloodAttack, FloodMemory } from '#detect'
import type { SystemLog } from '#events'
import { messageOf } from '#kernel'
import type { FlowRecord } from '#wire'
import { type FlowFloodChange, FlowFloods } from './flow-floods.ts'

/** What is usual is kept this often, and at the end. */
const KEEP_MS = 60_000

/** Tells of floods that flows show, as system events, and remembers what is usual. */
export class FloodReports {
  readonly #floods: FlowFloods
  readonly #file: string
  readonly #log: SystemLog
  #keptAtMs = Date.now()

  constructor(config: FlowFloodConfig, file: string, log: SystemLog) {
    this.#file = file
    this.#log = log
    this.#floods = this.#remembering(config)
  }

  /** With what was usual before; a file that cannot be used costs that knowledge, and nothing else. */
  #remembering(config: FlowFloodConfig): FlowFloods {
    try {
      return new FlowFloods(config, readMemory(this.#file))
    } catch (error) {
      const message = `${this.#file} is not used, what is usual is learnt anew: ${messageOf(error)}`
      this.#log.report('warn', 'flow-floods-forgotten', message)
      return new FlowFloods(config, undefined)
    }
  }

  /** Floods that go on. */
  get attacks(): number {
    return this.#floods.attacks().length
  }

  add(record: FlowRecord, nowMs: number): void {
    this.#floods.add(record, nowMs)
  }

  tick(nowMs: number): void {
    for (const change of this.#floods.tick(nowMs)) this.#report(change)
    if (nowMs - this.#keptAtMs >= KEEP_MS) this.#keep(nowMs)
  }

  close(): void {
    this.#keep(Date.now())
  }

  #report(change: FlowFloodChange): void {
    const { attack } = change
    const facts = { destination: attack.destination, class: attack.class, ...figures(attack) }
    const what = `${attack.class} flood to ${attack.destination}`
    if (change.kind === 'ended') {
      this.#log.report('info', 'flow-flood-ended', `The ${what} is over`, facts)
    } else if (change.kind === 'began') {
      const message = `Flows show a ${what}: ${Math.round(attack.rate)} packets/s, above ${Math.round(attack.counter.threshold)}`
      this.#log.report('warn', 'flow-flood-began', message, facts)
    } else {
      const message = `What tells the ${what} apart: ${change.filter}`
      this.#log.report('warn', 'flow-flood-described', message, { ...facts, filter: change.filter })
    }
  }

  #keep(nowMs: number): void {
    this.#keptAtMs = nowMs
    try {
      writeFileAtomically(this.#file, JSON.stringify(this.#floods.memory()))
    } catch (error) {
      this.#log.report('error', 'flow-floods-unkept', `what is usual in flows cannot be kept: ${messageOf(error)}`)
    }
  }
}

function figures({ rate, peakRate, counter }: FloodAttack): Readonly<Record<string, string | number>> {
  return {
    packetsPerSecond: Math.round(rate),
    peakPacketsPerSecond: Math.round(peakRate),
    threshold: Math.round(counter.threshold),
    test: counter.test,
  }
}

/** @throws Error when there is a file that cannot be read */
function readMemory(file: string): FloodMemory | undefined {
  if (!existsSync(file)) return undefined
  const memory = JSON.parse(readFileSync(file, 'utf8')) as FloodMemory
  return memory.version === 1 ? memory : undefined
}
