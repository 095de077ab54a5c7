import { type Analysis, type AnalysisQuestion, analyse, CONVERSING, type Finding } from './analysis.ts'
import { Attack, RISE_MS } from './attack.ts'
import type { IsUnderAttack } from './baseline-table.ts'
import type { FloodAttack, FloodChange, FloodMode } from './contract.ts'
import { type Condition, conditionText } from './condition.ts'
import { contains, type Destination, overlap } from './destination.ts'
import { familiarNetworks, sourceCounts } from './familiar-sources.ts'
import type { GoodPackets } from './good-packets.ts'
import type { Entry, MitigationBook } from './mitigation-book.ts'
import { newcomersAmong, sparing } from './newcomers.ts'
import { packetKindOf, ruleText } from './rule-text.ts'
import { countMatching, type RowSet } from './row-set.ts'
import type { SampleRing, SampleRows } from './sample-ring.ts'
import type { VetoList } from './veto-list.ts'
import type { Overload, VolumeStage } from './volume.ts'
import { widenConditions } from './widening.ts'
import { ordinaryMix } from './ordinary-mix.ts'

const ATTACKS_MOST = 64
/** Who sent within so long before an attack was there before it. */
const BEFORE_MS = 8000
const MITIGATIONS_PER_ATTACK = 8
/** Searches in one tick: each may take some 20 ms. */
const SEARCHES_PER_TICK = 2
/** Samples that a first look needs; it waits for them, but not longer than this. */
const ROWS_WANTED = 60
const ROWS_LEAST = 15
const PATIENCE_MS = 300
/** A rule is in force everywhere after so long: what passed before that says nothing about it. */
const SETTLE_MS = 120
/** What takes over needs so long to be in force. */
const HANDED_OVER_MS = 2000
/** After so long, clients far away have answered too. */
const SETTLED_MS = 600
/** Samples that are looked at again when a search found nothing. */
const REVIEWED_MS = 1000
/** A network is under attack, not one address, when no address gets this much of it. */
const HOST_SHARE_LEAST = 0.3
/** What passes is looked at again when it is this much of the attack, or of the threshold. */
const RESIDUE_SHARE = 0.004
const RESIDUE_THRESHOLD_SHARE = 0.06
/** From the start on, so much more than the threshold is an attack, whatever it looks like. */
const EARLY_FACTOR = 6
/** What was tolerated is looked at again when it grew, or after a while. */
const TOLERATED_FACTOR = 1.5
const TOLERATED_MS = 30_000
/** What is unexplained has to be this much of what the threshold is above the usual to be an attack. */
const EXCESS_SHARE_LEAST = 0.5
/** Who is spared is found in what was dropped for so long, and sends no more than this part of what is no flood. */
const SPARED_MS = 2000
const SPARED_SHARE_MOST = 0.5

/** What the analysis of an attack is to know of its destination. */
export interface AttackContext {
  readonly mode: FloodMode
  readonly collateralLimit: number
  readonly hasSynCookie: boolean
  /** Since then everything was watched for so long that what was not seen is not usual. */
  readonly silenceKnownAtMs: number
}

interface Parts {
  readonly volume: VolumeStage
  readonly ring: SampleRing
  readonly good: GoodPackets
  readonly mitigations: MitigationBook
  readonly vetoes: VetoList
}

/** The attacks that go on: from the first rate above its threshold, over the rules against it, to the end. */
export class AttackBook {
  readonly #parts: Parts
  readonly #attacks = new Map<string, Attack>()
  /** Rates above the threshold that are no attack, up to which rate, and until when. */
  readonly #tolerated = new Map<string, { readonly rate: number; readonly untilMs: number }>()
  #changes: FloodChange[] = []
  #count = 0

  constructor(parts: Parts) {
    this.#parts = parts
  }

  attacks(): readonly FloodAttack[] {
    return [...this.#attacks.values()].filter(({ isAnnounced }) => isAnnounced).map((attack) => attack.toPublic())
  }

  takeChanges(): FloodChange[] {
    const changes = this.#changes
    this.#changes = []
    return changes
  }

  /** What must not be learnt from now. */
  isUnderAttack(nowMs: number): IsUnderAttack {
    const attacks = [...this.#attacks.values()].filter((attack) => !attack.isAccepted(nowMs))
    const early = new Set([...this.#attacks.values()].filter(({ isEarly }) => isEarly).map(({ id }) => id))
    const entries = [...this.#parts.mitigations.active].filter(({ mitigation }) => !early.has(mitigation.attackId))
    if (attacks.length + entries.length === 0) return () => false
    return (kind, destination) =>
      attacks.some((attack) => attack.class === kind && overlap(attack.destination, destination)) ||
      entries.some((entry) => entry.mitigation.class === kind && overlap(entry.destination, destination))
  }

  /** Takes the rates of a window that ended: attacks begin, go on and end. */
  observe(overloads: readonly Overload[], nowMs: number, isNew: (destination: Destination) => boolean): void {
    for (const [key, attack] of this.#attacks) {
      attack.update(this.#parts.volume.ratesOf(attack.class, attack.destination), nowMs)
      if (!attack.isOver(nowMs)) continue
      this.#attacks.delete(key)
      if (attack.isAnnounced) this.#changes.push({ kind: 'attackEnded', attack: attack.toPublic(nowMs) })
    }
    for (const [key, { untilMs }] of this.#tolerated) if (nowMs > untilMs) this.#tolerated.delete(key)
    for (const overload of overloads) {
      if (!this.#isNew(overload, overloads)) continue
      this.#begin(overload, nowMs, overload.counter.baseline === undefined && isNew(overload.destination))
    }
  }

  #isNew(overload: Overload, all: readonly Overload[]): boolean {
    if (this.#attacks.has(overload.key) || this.#attacks.size >= ATTACKS_MOST) return false
    const { class: kind, destination, counter } = overload
    if (this.#isTolerated(overload)) return false
    const known = [...this.#attacks.values()].filter(
      (attack) => attack.class === kind && overlap(attack.destination, destination),
    )
    if (known.some((attack) => attack.destination.bits <= destination.bits)) return false
    // Of a network whose addresses are under attack only what these do not explain is new.
    const explained = known.reduce((sum, { rates }) => sum + rates.rate, 0)
    if (counter.rate - explained <= counter.threshold) return false
    const others = all.filter((other) => other.class === kind && other !== overload && !this.#isTolerated(other))
    const isPart = others.some(
      (wider) =>
        wider.destination.bits < destination.bits &&
        contains(wider.destination, destination.words, 0) &&
        counter.rate < wider.counter.rate * HOST_SHARE_LEAST,
    )
    const isWhole = others.some(
      (part) =>
        part.destination.bits > destination.bits &&
        contains(destination, part.destination.words, 0) &&
        part.counter.rate >= counter.rate * HOST_SHARE_LEAST,
    )
    return !isPart && !isWhole
  }

  #isTolerated({ key, counter }: Overload): boolean {
    return counter.rate < (this.#tolerated.get(key)?.rate ?? 0)
  }

  #begin({ key, destination, counter }: Overload, nowMs: number, isEarly: boolean): void {
    const id = `flood-${Math.round(nowMs).toString(36)}-${++this.#count}`
    const [sinceMs, untilMs] = [nowMs - BEFORE_MS, nowMs - RISE_MS]
    const rows = this.#parts.ring.rowsOf({ class: counter.class, destination, sinceMs, untilMs, except: [] })
    const attack = new Attack({ id, destination, counter, nowMs, isEarly, before: sourceCounts(rows) })
    this.#attacks.set(key, attack)
    for (const { mitigation } of this.#parts.mitigations.about(counter.class, destination)) {
      attack.mitigationIds.add(mitigation.id)
    }
  }

  /** An attack is told of when its packets were looked at: some turn out to be none. */
  #announce(attack: Attack): void {
    if (attack.isAnnounced) return
    attack.isAnnounced = true
    this.#changes.push({ kind: 'attackBegan', attack: attack.toPublic() })
  }

  /** Says that something else deals with an attack from now on: what came before says nothing about that. */
  handOver(attackId: string, nowMs: number): void {
    for (const attack of this.#attacks.values()) if (attack.id === attackId) attack.searched(nowMs, HANDED_OVER_MS)
  }

  /** Looks at the samples of attacks that are not explained yet, and makes rules. */
  search(nowMs: number, contextOf: (destination: Destination) => AttackContext): void {
    let searches = 0
    for (const [key, attack] of this.#attacks) {
      if (searches >= SEARCHES_PER_TICK) return
      if (CONVERSING.has(attack.class) && attack.wantsSparing(nowMs)) this.#spare(attack, nowMs)
      if (!attack.wantsSearch(nowMs)) continue
      if (this.#searchOne(key, attack, nowMs, contextOf(attack.destination))) searches++
    }
  }

  #searchOne(key: string, attack: Attack, nowMs: number, context: AttackContext): boolean {
    const { ring, mitigations } = this.#parts
    const { class: kind, destination } = attack
    const entries = mitigations.about(kind, destination)
    const expectedRate = this.#expectedRate(attack)
    const residue = residueRate(attack)
    const usual = CONVERSING.has(kind) ? expectedRate.mean + residue : expectedRate.most
    if (entries.length > 0 && attack.rates.passedRate <= usual && context.mode !== 'log') return false
    const except = entries.map(({ conditions }) => conditions)
    const rows = ring.rowsOf({ class: kind, destination, sinceMs: attack.searchFromMs, except })
    if (rows.size < ROWS_LEAST || (rows.size < ROWS_WANTED && nowMs - attack.searchFromMs < PATIENCE_MS)) return false
    const rates =
      entries.length > 0
        ? { leastRate: residue, worthRate: residue, spreadRate: expectedRate.most - expectedRate.mean }
        : { leastRate: leastExcess(attack, expectedRate.mean), worthRate: 0, spreadRate: 0 }
    const analysis = analyse({
      ...this.#questionOf(attack, rows, context, expectedRate),
      except,
      ...rates,
    })
    if (analysis.isTolerable === true && attack.mitigationIds.size === 0) {
      this.#attacks.delete(key)
      this.#tolerated.set(key, { rate: attack.peakRate * TOLERATED_FACTOR, untilMs: nowMs + TOLERATED_MS })
      return true
    }
    this.#announce(attack)
    this.#apply(attack, analysis, nowMs)
    if (analysis.isUndecided !== true) attack.searched(nowMs, analysis.findings.length > 0 ? SETTLE_MS : -REVIEWED_MS)
    else attack.postpone(nowMs)
    return true
  }

  /** Lets one rule after the other spare who came after the attack began and is no part of it. */
  #spare(attack: Attack, nowMs: number): void {
    const { ring, mitigations, good } = this.#parts
    const { class: kind, destination } = attack
    const entries = mitigations.about(kind, destination).filter(({ mitigation }) => mitigation.action !== 'log')
    const entry = entries[attack.takeTurn() % entries.length]
    if (entry === undefined) return
    const { id: ruleId } = entry.mitigation
    const dropped = ring.rowsOf({ class: kind, destination, sinceMs: nowMs - SPARED_MS, except: [], ruleId })
    const known = good.rowsFor(kind, destination, false)
    const rateMost = Math.max(attack.counter.threshold, this.#expectedRate(attack).most) * SPARED_SHARE_MOST
    const spared = sparing(entry.conditions, newcomersAmong(dropped, familiarNetworks(known), rateMost))
    if (spared !== undefined) this.#revise(entry, spared, known)
  }

  /** Packets a second of good traffic: on average, and at most in a usual second. */
  #expectedRate({ class: kind, destination }: Attack): { readonly mean: number; readonly most: number } {
    const baseline = this.#parts.volume.baselineOf(kind, destination)
    if (baseline === undefined) return { mean: 0, most: 0 }
    const most = Math.max(baseline.percentile95, baseline.recentMean + 3 * baseline.deviation)
    return { mean: baseline.recentMean, most }
  }

  #questionOf(
    attack: Attack,
    rows: SampleRows,
    context: AttackContext,
    expectedRate: { readonly mean: number; readonly most: number },
  ): Omit<AnalysisQuestion, 'leastRate' | 'spreadRate' | 'worthRate' | 'except'> {
    const { good, ring, volume, vetoes } = this.#parts
    const { class: kind, destination } = attack
    const isSilenceKnown = this.#wasCalmUntil(context.silenceKnownAtMs, attack)
    return {
      ...context,
      isSilenceKnown,
      before: attack.before,
      counter: attack.counter,
      destination,
      isCrowd: ordinaryMix(volume, kind, destination),
      rows,
      segments:
        kind === 'syn'
          ? ring.rowsOf({ class: 'tcp', destination, sinceMs: attack.searchFromMs, except: [] })
          : undefined,
      isSettled: rows.lastMs - attack.beganAtMs >= SETTLED_MS,
      good: good.rowsFor(kind, destination, isSilenceKnown),
      goodOfAllClasses: good.countFor(destination),
      expectedRate: expectedRate.mean,
      usualRate: expectedRate.most,
      isEarly: attack.isEarly && expectedRate.mean === 0,
      isExtreme: attack.mitigationIds.size === 0 && attack.peakRate >= attack.counter.threshold * EARLY_FACTOR,
      isVetoed: (samples) => vetoes.covers(samples),
    }
  }

  /** Under attack nothing is learnt: that nothing was seen meanwhile does not mean that nothing comes. */
  #wasCalmUntil(timeMs: number, { class: kind, destination, beganAtMs }: Attack): boolean {
    const entries = this.#parts.mitigations.about(kind, destination)
    return beganAtMs >= timeMs && entries.every(({ mitigation }) => mitigation.createdAtMs >= timeMs)
  }

  #apply(attack: Attack, { findings, good, unmitigated, isTolerable }: Analysis, nowMs: number): void {
    for (const finding of findings) {
      if (this.#widen(attack, finding, good)) continue
      const inForce = this.#parts.mitigations.about(attack.class, attack.destination)
      if (inForce.length >= MITIGATIONS_PER_ATTACK || this.#parts.mitigations.isFull) break
      this.#add(attack, finding, nowMs)
    }
    attack.unmitigated = findings.length > 0 || isTolerable === true ? undefined : unmitigated
  }

  #add(attack: Attack, { when, conditions, step, action, evidence }: Finding, nowMs: number): void {
    const id = attack.nextMitigationId(nowMs)
    const { class: kind, destination } = attack
    const mitigation = {
      id,
      attackId: attack.id,
      when,
      action,
      step,
      destination: attack.counter.destination,
      class: kind,
      evidence,
      createdAtMs: nowMs,
      expiresAtMs: nowMs,
      isPinned: false,
      rearmedCount: 0,
    }
    this.#parts.mitigations.add(mitigation, conditions, destination)
  }

  /** Lets a rule that is in force match what a finding is about, if it then hits no more good packets. */
  #widen(attack: Attack, finding: Finding, known: RowSet): boolean {
    const { mitigations } = this.#parts
    const { class: kind, destination } = attack
    for (const entry of mitigations.about(kind, destination)) {
      if (entry.mitigation.step !== finding.step || entry.destination.bits !== destination.bits) continue
      const conditions = widenConditions(entry.conditions, finding.matched, entry.widened)
      if (conditions === undefined) continue
      if (countMatching(conditions, known) > entry.mitigation.evidence.collateral.matched) continue
      this.#revise(entry, conditions, known)
      return true
    }
    return false
  }

  /** Gives a rule other conditions; `known` are good packets. */
  #revise({ mitigation, destination }: Entry, conditions: readonly Condition[], known: RowSet): void {
    const { id, class: kind, evidence } = mitigation
    const packets = packetKindOf(kind, destination)
    const kept = new Map(evidence.conditions.map((condition) => [condition.text, condition]))
    const revised = {
      ...evidence,
      conditions: conditions.map((condition) => {
        const text = conditionText(condition, packets)
        const baselineShare = known.size === 0 ? 0 : countMatching([condition], known) / known.size
        return kept.get(text) ?? { text, attackShare: 1, baselineShare }
      }),
    }
    const when = ruleText(kind, destination, conditions)
    this.#parts.mitigations.revise(id, { when, evidence: revised }, conditions)
  }
}

/** What is unexplained has to be above this rate, as long as nothing was done. */
function leastExcess({ counter }: Attack, usualRate: number): number {
  return Math.max(0, counter.threshold - usualRate) * EXCESS_SHARE_LEAST
}

/** What passes of an attack is only a trace of it below this rate. */
function residueRate({ peakRate, counter }: Attack): number {
  return Math.max(peakRate * RESIDUE_SHARE, counter.threshold * RESIDUE_THRESHOLD_SHARE)
}
