import { isDeepStrictEqual } from 'node:util'
import type { Action } from '#act'
import type { Rule } from '#decide'
import {
  createFloodEngine,
  type FloodChange,
  type FloodEngine,
  type FloodMemory,
  type FloodSettings,
  type Mitigation,
  type VetoedRule,
} from '#detect'
import type { FloodOrder, FloodState, PacketSample } from '../process/messages.ts'
import { withoutPackets } from './flood-log.ts'
import { mitigationRule } from './mitigation-rules.ts'

/** What a tick brought. */
export interface FloodNews {
  readonly changes: readonly FloodChange[]
  /** Other rules are to be in force than before. */
  readonly isOther: boolean
  /** Rules that cannot be put in force, and why. */
  readonly faults: readonly string[]
}

/** What is asked of a rule, beside its text: nothing of it changes while an attack goes on. */
type Asked = Pick<Mitigation, 'id' | 'when' | 'action'>

const NOTHING: FloodState = { mitigations: [], attacks: [], vetoes: [] }

/**
 * Looks for floods in the samples of the packet filter, and says which rules are to be in force against them. A fault of the
 * engine costs these rules, until the next policy; it must not cost the filter.
 */
export class FloodWatch {
  #engine: FloodEngine | undefined
  #fault: string | undefined
  #asked: readonly Asked[] = []
  #rules: readonly Rule<Action>[] = []

  constructor(settings: FloodSettings, memory: FloodMemory | undefined) {
    this.#engine = createFloodEngine(settings, memory)
  }

  configure(settings: FloodSettings): void {
    if (this.#engine === undefined) this.#engine = createFloodEngine(settings)
    else this.#engine.configure(settings)
  }

  /** The rules that are to be in force, in order. */
  get rules(): readonly Rule<Action>[] {
    return this.#rules
  }

  add({ rule, timeMs, isDropped, weight, interfaceName, frameBytes, head }: PacketSample): void {
    // The packet is sampled once more for the rule that decides about it.
    if (rule?.isNote === true) return
    const ruleId = rule === undefined ? {} : { ruleId: rule.ruleId }
    try {
      this.#engine?.add({ ...ruleId, timeMs, isDropped, weight, interfaceName, frameBytes, head })
    } catch (error) {
      this.#fail(error)
    }
  }

  tick(nowMs: number): FloodNews {
    const faults: string[] = []
    let changes: readonly FloodChange[] = []
    try {
      changes = this.#engine?.tick(nowMs) ?? []
    } catch (error) {
      this.#fail(error)
    }
    const isFailed = this.#fault !== undefined
    if (this.#fault !== undefined) faults.push(this.#fault)
    this.#fault = undefined
    return { changes, isOther: (changes.length > 0 || isFailed) && this.#renew(faults), faults }
  }

  /** Does what a person decided; false when the id is not known. What follows from it comes with the next tick. */
  order(order: FloodOrder, id: string, ended?: VetoedRule): boolean {
    if (this.#engine === undefined) return false
    switch (order) {
      case 'veto':
        return this.#engine.veto(id, ended)
      case 'unveto':
        return this.#engine.unveto(id)
      case 'promoted':
        return this.#engine.promoted(id)
      case 'pin':
        return this.#engine.pin(id, true)
      case 'unpin':
        return this.#engine.pin(id, false)
    }
  }

  state(): FloodState {
    if (this.#engine === undefined) return NOTHING
    return {
      mitigations: this.#engine.mitigations().map(withoutPackets),
      attacks: this.#engine.attacks(),
      vetoes: this.#engine.vetoes(),
    }
  }

  /** What was learnt; undefined when that is lost. */
  memory(): FloodMemory | undefined {
    return this.#engine?.memory()
  }

  #fail(error: unknown): void {
    this.#engine = undefined
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    this.#fault = `floods are not looked for until the next policy: ${text}`
  }

  /** True when the rules are others now. */
  #renew(faults: string[]): boolean {
    const mitigations = this.#engine?.mitigations() ?? []
    const asked = mitigations.map(({ id, when, action }) => ({ id, when, action }))
    if (isDeepStrictEqual(asked, this.#asked)) return false
    this.#asked = asked
    this.#rules = mitigations.flatMap((mitigation) => {
      const rule = mitigationRule(mitigation)
      if (typeof rule !== 'string') return [rule]
      faults.push(`the rule ${mitigation.id} against a flood is none (${mitigation.when}): ${rule}`)
      return []
    })
    return true
  }
}
