import { type Conversation, type Step, type StepFacts, STEPS } from './conversation.ts'

/** A fact that differs between two captures, or a step that only one of them reaches. Shares are of the conversations of the role. */
export interface Difference {
  readonly role: string
  readonly step: Step
  readonly fact: string
  readonly value: string
  readonly a: number
  readonly b: number
  /** Conversations of the role in either capture. */
  readonly conversationsA: number
  readonly conversationsB: number
  /** The fact says how a step ended, not only how it was done. */
  readonly isOutcome: boolean
  /** Frames of conversations that have the value, in the capture where it is more frequent. */
  readonly frames: readonly number[]
  readonly framesOf: 'a' | 'b'
}

/** A duration that differs by more than noise; medians in milliseconds. */
export interface SlowerStep {
  readonly role: string
  readonly step: Step
  readonly duration: string
  readonly aMs: number
  readonly bMs: number
}

export interface ConversationComparison {
  readonly onlyA: readonly RoleCount[]
  readonly onlyB: readonly RoleCount[]
  /** In the order of the steps, those that say how a step ended first. */
  readonly differences: readonly Difference[]
  readonly durations: readonly SlowerStep[]
}

export interface RoleCount {
  readonly role: string
  readonly conversations: number
}

/** Facts that say how a step ended. */
const OUTCOMES: ReadonlySet<string> = new Set([
  'reached',
  'outcome',
  'answered',
  'code',
  'alert',
  'status',
  'how',
  'by',
  'other protocol',
  'abandoned after the certificate',
  'certificate expired',
  'certificate covers the name',
  'client segments sent again',
  'server segments sent again',
  'client window closed',
  'server window closed',
  'tells flows',
  'exports lost',
  'data without template',
  'malformed datagrams',
  'restarted',
])
/** What is different this often is no accident, however few conversations there are. */
const CERTAIN_SHARE = 0.9
const LEAST_SHARE = 0.2
const LEAST_DEVIATIONS = 4
/** A fact with so many different values in one capture is different each time, and says nothing. */
const VARYING_SHARE = 0.5
const VARYING_LEAST = 3
const DIFFERENCES_MOST = 200
const FRAMES_MOST = 8
const NANOSECONDS_PER_MILLISECOND = 1e6
const SLOWER_FACTOR = 3
const SLOWER_LEAST_MS = 20

/** Says what differs between the conversations of two captures, role by role. */
export function compareConversations(a: readonly Conversation[], b: readonly Conversation[]): ConversationComparison {
  const [rolesA, rolesB] = [a, b].map((all) => Map.groupBy(all, ({ role }) => role))
  const pairs: StepPair[] = []
  for (const [role, ofA] of rolesA) {
    const ofB = rolesB.get(role)
    if (ofB !== undefined) pairs.push(...STEPS.map((step) => new StepPair(role, step, ofA, ofB)))
  }
  const nameless = new Set([...namelessIn(rolesA, rolesB), ...namelessIn(rolesB, rolesA)])
  for (const place of nameless) pairs.push(...pairsOfPlace(place, a, b))
  const isUncompared = ({ place }: Conversation): boolean => place === undefined || !nameless.has(place)
  return {
    onlyA: onlyIn(rolesA, rolesB, isUncompared),
    onlyB: onlyIn(rolesB, rolesA, isUncompared),
    differences: pairs
      .flatMap((pair) => [...pair.differences()])
      .sort(byStep)
      .slice(0, DIFFERENCES_MOST),
    durations: pairs
      .flatMap((pair) => [...pair.durations()])
      .sort((one, other) => other.bMs / other.aMs - one.bMs / one.aMs),
  }
}

type Roles = ReadonlyMap<string, readonly Conversation[]>

/** Connections of one capture that got to no name, such as refused ones: in the other all to that port have one. */
function namelessIn(roles: Roles, others: Roles): string[] {
  return [...roles].flatMap(([role, [{ place }]]) =>
    place === role && !others.has(role) && [...others.values()].some(([other]) => other.place === place) ? [role] : [],
  )
}

/** All connections to a port, whatever their names. Those that share a name are compared under it but for how they opened. */
function pairsOfPlace(place: string, a: readonly Conversation[], b: readonly Conversation[]): StepPair[] {
  const [ofA, ofB] = [a, b].map((all) => all.filter((each) => each.place === place))
  const names = new Set(ofA.map(({ role }) => role))
  const steps = ofB.some(({ role }) => names.has(role)) ? (['connect'] as const) : STEPS
  return steps.map((step) => new StepPair(place, step, ofA, ofB))
}

function byStep(one: Difference, other: Difference): number {
  return (
    STEPS.indexOf(one.step) - STEPS.indexOf(other.step) ||
    Number(other.isOutcome) - Number(one.isOutcome) ||
    Math.abs(other.a - other.b) - Math.abs(one.a - one.b)
  )
}

function onlyIn(roles: Roles, others: Roles, isUncompared: (conversation: Conversation) => boolean): RoleCount[] {
  return [...roles]
    .filter(([role, [first]]) => !others.has(role) && isUncompared(first))
    .map(([role, conversations]) => ({ role, conversations: conversations.length }))
    .sort((one, other) => other.conversations - one.conversations)
}

/** What was counted of one fact in one capture. */
interface Values {
  readonly counts: Map<string, { count: number; frames: number[] }>
}

/** One step of the conversations of one role, in both captures. */
class StepPair {
  readonly #role: string
  readonly #step: Step
  readonly #sizes: readonly [a: number, b: number]
  readonly #steps: readonly [a: readonly StepFacts[], b: readonly StepFacts[]]

  constructor(role: string, step: Step, a: readonly Conversation[], b: readonly Conversation[]) {
    this.#role = role
    this.#step = step
    this.#sizes = [a.length, b.length]
    const ofStep = (all: readonly Conversation[]): StepFacts[] =>
      all.flatMap(({ steps }) => steps.filter((each) => each.step === step))
    this.#steps = [ofStep(a), ofStep(b)]
  }

  *differences(): Iterable<Difference> {
    const [a, b] = this.#steps
    if (a.length === 0 && b.length === 0) return
    const reached = this.#difference('reached', 'yes', count(a), count(b))
    if (reached !== undefined) yield reached
    if (a.length === 0 || b.length === 0) return
    const names = new Set([...a, ...b].flatMap(({ facts }) => Object.keys(facts)))
    for (const name of names) yield* this.#ofFact(name)
  }

  *#ofFact(name: string): Iterable<Difference> {
    const [a, b] = this.#steps.map((steps) => valuesOf(steps, name))
    const isVarying = [a, b].some(({ counts }, side) => {
      return counts.size >= VARYING_LEAST && counts.size > VARYING_SHARE * this.#steps[side].length
    })
    if (isVarying) {
      const present = this.#difference(name, '(any)', total(a), total(b))
      if (present !== undefined) yield present
      return
    }
    const found: Difference[] = []
    for (const value of new Set([...a.counts.keys(), ...b.counts.keys()])) {
      const difference = this.#difference(name, value, a.counts.get(value), b.counts.get(value))
      if (difference !== undefined) found.push(difference)
    }
    yield* found
  }

  #difference(fact: string, value: string, a: Counted | undefined, b: Counted | undefined): Difference | undefined {
    const [inA, inB] = [a?.count ?? 0, b?.count ?? 0]
    const isReached = fact === 'reached'
    const [sizeA, sizeB] = isReached ? this.#sizes : [this.#steps[0].length, this.#steps[1].length]
    const [shareA, shareB] = [inA / sizeA, inB / sizeB]
    if (!isDifferent(shareA, sizeA, shareB, sizeB)) return undefined
    const framesOf = shareB > shareA ? 'b' : 'a'
    return {
      role: this.#role,
      step: this.#step,
      fact,
      value,
      a: shareA,
      b: shareB,
      conversationsA: this.#sizes[0],
      conversationsB: this.#sizes[1],
      isOutcome: OUTCOMES.has(fact),
      frames: (framesOf === 'b' ? b : a)?.frames ?? [],
      framesOf,
    }
  }

  *durations(): Iterable<SlowerStep> {
    const [a, b] = this.#steps
    const names = new Set([...a, ...b].flatMap(({ durations }) => Object.keys(durations)))
    for (const duration of names) {
      const [aMs, bMs] = this.#steps.map((steps) => medianMs(steps, duration))
      if (aMs === undefined || bMs === undefined || Math.abs(aMs - bMs) < SLOWER_LEAST_MS) continue
      const ratio = Math.max(aMs, bMs) / Math.max(Math.min(aMs, bMs), 1e-6)
      if (ratio >= SLOWER_FACTOR) yield { role: this.#role, step: this.#step, duration, aMs, bMs }
    }
  }
}

interface Counted {
  readonly count: number
  readonly frames: readonly number[]
}

function count(steps: readonly StepFacts[]): Counted {
  return { count: steps.length, frames: steps.flatMap(({ frames }) => frames).slice(0, FRAMES_MOST) }
}

function valuesOf(steps: readonly StepFacts[], name: string): Values {
  const counts = new Map<string, { count: number; frames: number[] }>()
  for (const { facts, frames } of steps) {
    const value = facts[name]
    if (value === undefined) continue
    const entry = counts.get(value) ?? { count: 0, frames: [] }
    counts.set(value, entry)
    entry.count++
    if (entry.frames.length < FRAMES_MOST) entry.frames.push(...frames.slice(0, FRAMES_MOST - entry.frames.length))
  }
  return { counts }
}

function total({ counts }: Values): Counted {
  const all = [...counts.values()]
  return {
    count: all.reduce((sum, each) => sum + each.count, 0),
    frames: all.flatMap(({ frames }) => frames).slice(0, FRAMES_MOST),
  }
}

/** More than chance: nearly always against nearly never, or many standard errors apart. */
function isDifferent(shareA: number, sizeA: number, shareB: number, sizeB: number): boolean {
  const difference = Math.abs(shareA - shareB)
  if (difference >= CERTAIN_SHARE) return true
  if (difference < LEAST_SHARE) return false
  const pooled = (shareA * sizeA + shareB * sizeB) / (sizeA + sizeB)
  return difference >= LEAST_DEVIATIONS * Math.sqrt(pooled * (1 - pooled) * (1 / sizeA + 1 / sizeB))
}

function medianMs(steps: readonly StepFacts[], name: string): number | undefined {
  const values = steps.flatMap(({ durations }) => durations[name] ?? []).sort((one, other) => one - other)
  const middle = values[values.length >> 1]
  return middle === undefined ? undefined : middle / NANOSECONDS_PER_MILLISECOND
}
