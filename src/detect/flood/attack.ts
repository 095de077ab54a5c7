import type { FloodAttack, FloodCounter } from './contract.ts'
import { type Destination, destinationText } from './destination.ts'
import type { SourceCounts } from './familiar-sources.ts'
import type { FloodClass } from './flood-class.ts'
import type { Rates } from './volume.ts'

/** An attack is over when its rate was below the threshold for so long. */
const CALM_MS = 10_000
/** After so long, what nothing is done about is what is usual now. */
const ACCEPTED_MS = 10 * 60_000
const FOUND_MS = 1500
/** Rules that are listed of an attack that keeps changing: the newest. */
const IDS_MOST = 64
/** The windows in which it was noticed belong to it, and a little before. */
export const RISE_MS = 350
/** Searches follow one another in this time, then more slowly. */
const QUICK_MS = 4000
const QUICK_PAUSE_MS = 300
const SLOW_PAUSE_MS = 2000
const RISEN_FACTOR = 1.3

/** In these pauses one of its rules is looked at for whom it hits by mistake. */
const SPARING_PAUSE_MS = 250

/** What is known of an attack when it begins. */
interface AttackBeginning extends Pick<Attack, 'id' | 'destination' | 'counter' | 'isEarly' | 'before'> {
  readonly nowMs: number
}

/** A destination under attack, and how far its analysis has got. */
export class Attack {
  readonly id: string
  readonly class: FloodClass
  readonly destination: Destination
  readonly counter: FloodCounter
  readonly beganAtMs: number
  /** It was there when nothing was known yet: perhaps it always is. */
  readonly isEarly: boolean
  /** Who sent just before it began. */
  readonly before: SourceCounts
  readonly mitigationIds = new Set<string>()
  unmitigated: string | undefined
  isAnnounced = false
  #overAtMs: number
  #rates: Rates
  #peakRate: number
  /** Packets since then are not explained yet. */
  searchFromMs: number
  #nextSearchMs: number
  #nextSparingMs = 0
  #sparingTurn = 0
  #searchedRate = 0
  #foundMs = 0
  #mitigationCount = 0

  constructor({ id, destination, counter, nowMs, isEarly, before }: AttackBeginning) {
    this.id = id
    this.isEarly = isEarly
    this.before = before
    this.class = counter.class
    this.destination = destination
    this.counter = counter
    this.beganAtMs = nowMs
    this.#overAtMs = nowMs
    this.#rates = { rate: counter.rate, passedRate: counter.rate }
    this.#peakRate = counter.rate
    this.searchFromMs = nowMs - RISE_MS
    this.#nextSearchMs = nowMs
  }

  get rates(): Rates {
    return this.#rates
  }

  get peakRate(): number {
    return this.#peakRate
  }

  update(rates: Rates, nowMs: number): void {
    this.#rates = rates
    this.#peakRate = Math.max(this.#peakRate, rates.rate)
    if (rates.rate > this.counter.threshold) this.#overAtMs = nowMs
  }

  isOver(nowMs: number): boolean {
    return nowMs - this.#overAtMs >= CALM_MS
  }

  /**
   * True when what passes is to be learnt: since nothing was done about it for long, or since nothing was known when it began,
   * and rules hold off what could be told apart.
   */
  isAccepted(nowMs: number): boolean {
    if (this.mitigationIds.size === 0) return nowMs - this.beganAtMs >= ACCEPTED_MS
    return this.isEarly && nowMs - this.#foundMs >= FOUND_MS
  }

  /** True when it is time to look at its packets: at once when much more of them pass than when they were looked at. */
  wantsSearch(nowMs: number): boolean {
    return (
      nowMs >= this.#nextSearchMs || this.#rates.passedRate > this.#searchedRate * RISEN_FACTOR + this.counter.threshold
    )
  }

  /** Says that the packets up to now were looked at. */
  searched(nowMs: number, settleMs: number): void {
    this.searchFromMs = nowMs + settleMs
    this.#nextSearchMs = nowMs + (nowMs - this.beganAtMs < QUICK_MS ? QUICK_PAUSE_MS : SLOW_PAUSE_MS)
    this.#searchedRate = this.#rates.passedRate
  }

  /** True when it is time to look whom a rule hits by mistake; not again at once. */
  wantsSparing(nowMs: number): boolean {
    if (nowMs < this.#nextSparingMs) return false
    this.#nextSparingMs = nowMs + SPARING_PAUSE_MS
    return true
  }

  /** Its rules take turns: the number of the one that is looked at now. */
  takeTurn(): number {
    return this.#sparingTurn++
  }

  /** The id of a rule that is made now. */
  nextMitigationId(nowMs: number): string {
    const id = `${this.id}-${++this.#mitigationCount}`
    this.mitigationIds.add(id)
    if (this.mitigationIds.size > IDS_MOST) this.mitigationIds.delete([...this.mitigationIds][0])
    this.#foundMs = nowMs
    return id
  }

  /** Says that more has to be seen. */
  postpone(nowMs: number): void {
    this.#nextSearchMs = nowMs + QUICK_PAUSE_MS
    this.#searchedRate = this.#rates.passedRate
  }

  toPublic(endedAtMs?: number): FloodAttack {
    return {
      id: this.id,
      destination: destinationText(this.destination),
      class: this.class,
      beganAtMs: this.beganAtMs,
      ...(endedAtMs !== undefined && { endedAtMs }),
      rate: this.#rates.rate,
      peakRate: this.#peakRate,
      passedRate: this.#rates.passedRate,
      counter: this.counter,
      mitigationIds: [...this.mitigationIds],
      ...(this.unmitigated !== undefined && { unmitigated: this.unmitigated }),
    }
  }
}
