import { BLOCK_WEIGHT } from '../score.ts'
import type { WafClass, WafSettings, WafSensitivity } from '../settings.ts'
import type { WafInterruption, WafMatch } from '../verdict.ts'
import type { RuleExceptions } from './exceptions.ts'
import type { ManagedRule } from './managed-rule.ts'
import type { MatchedPart } from './matched-part.ts'

/** Matches that are kept with their values; more are counted. */
const MATCH_LIMIT = 64
/** Bytes of a value that are kept around what matched. */
const VALUE_BYTES = 512

const LEVEL: Readonly<Record<WafSensitivity, number>> = { off: 0, low: 1, medium: 2, high: 3 }

/** Where something was found. */
export interface FindingPlace {
  readonly phase: 1 | 2 | 4
  readonly variable: string
  /** Name of the parameter, as exceptions name it. */
  readonly name: string
  readonly trail: readonly string[]
  /** Offset of the inspected text in the whole value. */
  readonly offset: number
}

/** What our rules found in one request: which of it counts under its settings, and whether that is enough to block. */
export class Findings {
  readonly matches: WafMatch[] = []
  omitted = 0
  interruption: WafInterruption | undefined = undefined
  readonly #settings: WafSettings
  readonly #exceptions: RuleExceptions
  /** Heaviest rule first found and sum of the weights, by class; every rule counts once. */
  readonly #weights = new Map<WafClass, number>()
  readonly #counted = new Set<string>()
  /** Rule and variable: a value is not reported again for each further decoding of it. */
  readonly #reported = new Set<string>()

  constructor(settings: WafSettings, exceptions: RuleExceptions) {
    this.#settings = settings
    this.#exceptions = exceptions
  }

  /** Takes what `rule` found; `part` is asked for only when it counts. */
  add(rule: ManagedRule, place: FindingPlace, text: string, part: () => MatchedPart): void {
    if (LEVEL[rule.sensitivity] > LEVEL[this.#settings.sensitivity[rule.class]]) return
    const key = `${rule.id} ${place.variable}`
    if (this.#reported.has(key)) return
    if (this.#exceptions.take(rule, place.variable, place.name)) return
    this.#reported.add(key)
    this.#weigh(rule)
    if (this.matches.length >= MATCH_LIMIT) this.omitted++
    else this.matches.push(matchOf(rule, place, text, part()))
  }

  #weigh(rule: ManagedRule): void {
    if (this.#counted.has(rule.id)) return
    this.#counted.add(rule.id)
    const weight = (this.#weights.get(rule.class) ?? 0) + rule.weight
    this.#weights.set(rule.class, weight)
    if (weight < BLOCK_WEIGHT || this.interruption !== undefined) return
    const others = weight > rule.weight ? `, with what was found before ${weight}` : ''
    const why = `${rule.class}: ${rule.id} weighs ${rule.weight}${others}; ${BLOCK_WEIGHT} blocks`
    this.interruption = { status: 403, ruleId: rule.id, why }
  }
}

function matchOf(rule: ManagedRule, place: FindingPlace, text: string, part: MatchedPart): WafMatch {
  const length = Math.min(part.length, VALUE_BYTES)
  const start = Math.max(0, Math.min(part.offset - ((VALUE_BYTES - length) >> 1), text.length - VALUE_BYTES))
  const match = {
    ruleSet: 'tidegate',
    ruleId: rule.id,
    class: rule.class,
    score: rule.weight,
    phase: place.phase,
    paranoia: LEVEL[rule.sensitivity],
    message: rule.help,
    variable: place.variable,
    trail: place.trail,
    value: text.slice(start, start + VALUE_BYTES),
    matchOffset: part.offset - start,
    matchLength: length,
    valueOffset: place.offset + start,
  } as const
  return part.finding === undefined ? match : { ...match, finding: part.finding }
}
