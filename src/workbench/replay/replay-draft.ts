import type { Action } from '#act'
import type { Draft } from '#config'
import { buildLists, isPacketPhase, type ListData, type Policy, type Rule } from '#decide'
import { type Event, EVENT_READERS, recordedIn, type RecordedKind } from '#events'
import { FIELD_BY_NAME } from '#fields'
import { TidegateError } from '#kernel'
import { explainExpression, fieldsOf } from '#rules'
import type { Estimate, EventStore, ReplayAnswer, ReplayOutcome, ReplayReach, ReplayRule } from '#store'
import { type DraftPlace, isReached, isUnjudged, reachOf } from './reach.ts'
import type { ReplayReport } from './replay-report.ts'

export interface ReplayQuestion {
  readonly draft: Draft
  /** The policy that runs: its lists are those that the draft asks. */
  readonly running: Policy<Action>
  /** Microseconds since the epoch; the end is exclusive. */
  readonly sinceMicros: number
  readonly untilMicros: number
}

export interface ReplaySources {
  readonly store: Pick<EventStore, 'query'>
  /** The policy of a version, where it is still kept. */
  policy(version: string): Policy<Action> | undefined
}

/** Values of a field that are told. */
const GROUP_LIMIT = 20
/** Events that are judged one by one, because a value of them was stored as a hash or in part. */
const UNCERTAIN_LIMIT = 50_000

/** Whom a rule would hit. */
const GROUPS: Readonly<Record<RecordedKind, readonly string[]>> = {
  http: [
    'http.host',
    'http.request.uri.path',
    'ip.src.country',
    'ip.src.asnum',
    'ip.src',
    'http.user_agent',
    'tls.ja4',
    'http.response.code',
  ],
  packet: ['ip.dst', 'ip.src.country', 'ip.src.asnum', 'ip.src', 'ip.proto', 'l4.dstport'],
  flow: [],
}

const OUTCOMES: Partial<Readonly<Record<Action['type'], ReplayOutcome>>> = {
  block: 'block',
  redirect: 'redirect',
  allow: 'allow',
  drop: 'block',
  reset: 'block',
}

/**
 * Says what the rules of a draft would have done to recorded traffic, had they stood behind all other rules of their phase.
 * What cannot be known is counted apart, never guessed.
 * @throws TidegateError ERR_QUERY_INVALID when a rule reads what is not recorded, or changes what records cannot show
 */
export async function replayDraft(question: ReplayQuestion, sources: ReplaySources): Promise<ReplayReport> {
  const { draft, running, sinceMicros, untilMicros } = question
  refuseUnreplayable(question)
  const kind: RecordedKind = isPacketPhase(draft.phase) ? 'packet' : 'http'
  const range = { kind, sinceMicros, untilMicros }
  const { versions } = await sources.store.query({ plan: 'versions', ...range })
  const rules = draft.rules.filter(({ enabled }) => enabled)
  const place: DraftPlace = { phase: draft.phase, readsInspection: rules.some(readsInspection) }
  const reach = new Map<string, ReplayReach>()
  for (const { version } of versions) {
    const policy = version === running.version ? running : sources.policy(version)
    if (policy !== undefined) reach.set(version, reachOf(policy, place))
  }
  const asked: readonly ReplayRule[] = rules.map(({ id, expression, action, mode }) => ({
    id,
    expression,
    outcome: mode === 'log' ? 'none' : (OUTCOMES[action.type] ?? 'none'),
  }))
  const lists = new Map(running.lists.map((list) => [list.name, list]))
  const answer = await sources.store.query({
    plan: 'replay',
    ...range,
    rules: asked,
    reach,
    lists,
    groupBy: GROUPS[kind],
    groupLimit: GROUP_LIMIT,
    uncertainLimit: UNCERTAIN_LIMIT,
  })
  const judged = judgeUncertain(answer, asked, reach, running.lists)
  return reportOf(question, kind, rules, answer, judged)
}

function readsInspection({ expression }: Rule<Action>): boolean {
  return [...fieldsOf(expression)].some((name) => FIELD_BY_NAME.get(name)?.since === 'inspection')
}

function refuseUnreplayable({ draft, running }: ReplayQuestion): void {
  const refuse = (message: string, remedy: string): TidegateError =>
    new TidegateError('ERR_QUERY_INVALID', message, { source: 'client', remedy })
  const ids = new Set(running.rulesets.flatMap(({ rules }) => rules.map(({ id }) => id)))
  for (const { id, action } of draft.rules) {
    if (ids.has(id)) {
      throw refuse(`the policy that runs has a rule ${id} already`, 'Give the rule of the draft another id.')
    }
    if (action.type === 'waf' || action.type === 'waf_exception') {
      throw refuse(
        `rule ${id} changes how the WAF looks at requests, whose bodies are not recorded`,
        'Try it with `tidegate waf test` or `tidegate trace http`.',
      )
    }
    if (action.type === 'skip') {
      throw refuse(
        `rule ${id} switches other rules off: what they would not have seen is not recorded`,
        'Replay the rules that it would switch off, or write its condition into them.',
      )
    }
  }
}

interface Judged {
  readonly changes: ReplayAnswer['changes']
  readonly hits: readonly Estimate[]
  readonly notReached: Estimate
  readonly undecidable: Estimate
}

const NOTHING: Estimate = { count: 0, error: 0, rows: 0 }

function plus(one: Estimate, other: Estimate): Estimate {
  return { count: one.count + other.count, error: Math.hypot(one.error, other.error), rows: one.rows + other.rows }
}

/** Judges the events that SQL cannot, one by one. A rule that cannot be decided leaves the event undecidable. */
function judgeUncertain(
  answer: ReplayAnswer,
  rules: readonly ReplayRule[],
  reach: ReadonlyMap<string, ReplayReach>,
  listData: readonly ListData[],
): Judged {
  const lists = buildLists(listData)
  const changes = new Map<string, ReplayAnswer['changes'][number]>()
  const hits = rules.map(() => NOTHING)
  let notReached = NOTHING
  let undecidable: Estimate = remainderOf(answer)
  for (const event of answer.uncertainEvents) {
    const one: Estimate = { count: event.weight, error: 0, rows: 1 }
    const known = reach.get(event.policyVersion)
    const environment = { readers: EVENT_READERS, lists, recorded: recordedFor(event, known) }
    const values = rules.map(({ expression }) => explainExpression(expression, environment, event).value)
    if (values.every((value) => value === false)) continue
    if (known === undefined || values.includes(undefined)) undecidable = plus(undecidable, one)
    else if (!isReached(event, known)) notReached = plus(notReached, one)
    else {
      for (const [at, value] of values.entries()) if (value === true) hits[at] = plus(hits[at], one)
      const decider = rules.find(({ outcome }, at) => values[at] === true && outcome !== 'none')
      const was = event.decision.verdict
      const now = verdictAfter(event, decider, known)
      const key = `${was} ${now} ${decider?.id ?? ''}`
      const before = changes.get(key) ?? { was, now, ...(decider !== undefined && { ruleId: decider.id }), ...NOTHING }
      changes.set(key, { ...before, ...plus(before, one) })
    }
  }
  return { changes: [...changes.values()], hits, notReached, undecidable }
}

/** Which fields of an event can be relied on: what the WAF did not look at says nothing about what it would have found. */
function recordedFor(event: Event, reach: ReplayReach | undefined): ReturnType<typeof recordedIn> {
  const recorded = recordedIn(event)
  if (reach === undefined || !isUnjudged(event, reach)) return recorded
  return (field, key) => FIELD_BY_NAME.get(field)?.since !== 'inspection' && recorded(field, key)
}

/** Events that are too many to look at one by one. */
function remainderOf({ uncertain, uncertainEvents }: ReplayAnswer): Estimate {
  const judged = uncertainEvents.reduce((sum, { weight }) => sum + weight, 0)
  const rows = uncertain.rows - uncertainEvents.length
  return rows <= 0 ? NOTHING : { count: uncertain.count - judged, error: uncertain.error, rows }
}

function verdictAfter({ decision }: Event, decider: ReplayRule | undefined, { undone }: ReplayReach): string {
  if (decider === undefined) return decision.verdict
  if (decider.outcome !== 'allow') return decider.outcome
  return decision.phase !== undefined && undone.includes(decision.phase) ? 'allow' : decision.verdict
}

function reportOf(
  { draft, untilMicros }: ReplayQuestion,
  kind: RecordedKind,
  rules: readonly Rule<Action>[],
  answer: ReplayAnswer,
  judged: Judged,
): ReplayReport {
  const changes = new Map<string, ReplayAnswer['changes'][number]>()
  for (const change of [...answer.changes, ...judged.changes]) {
    const key = `${change.was} ${change.now} ${change.ruleId ?? ''}`
    const before = changes.get(key)
    changes.set(key, before === undefined ? change : { ...change, ...plus(before, change) })
  }
  const sorted = [...changes.values()].sort((one, other) => other.count - one.count)
  return {
    phase: draft.phase,
    kind,
    sinceMicros: answer.firstMicros,
    untilMicros,
    total: answer.total,
    matched: sorted.reduce<Estimate>(plus, NOTHING),
    changed: sorted.filter(({ was, now }) => was !== now).reduce<Estimate>(plus, NOTHING),
    changes: sorted,
    rules: rules.map(({ id, when, action, mode }, at) => ({
      id,
      when,
      action: action.type,
      mode,
      ...plus(answer.rules[at], judged.hits[at]),
    })),
    notReached: plus(answer.notReached, judged.notReached),
    undecidable: judged.undecidable,
    unknownVersion: answer.unknownVersion,
    groups: answer.groups,
    series: answer.series,
    bucketSeconds: answer.bucketSeconds,
    samples: answer.samples,
    notes: notesOf(draft, judged, sorted),
  }
}

function notesOf({ rules }: Draft, { undecidable }: Judged, changes: ReplayAnswer['changes']): readonly string[] {
  const notes: string[] = []
  if (changes.some(({ was, now }) => now === 'allow' && was !== 'allow')) {
    notes.push(
      'what would be allowed never reached an origin: whether that had answered, and rules about answers had let it pass, is not known',
    )
  }
  const limits = rules.filter(({ action }) => action.type === 'rate_limit').map(({ id }) => id)
  if (limits.length > 0) {
    notes.push(
      `${limits.join(', ')}: counts what the rate would be kept for; which packets are above it, sampled packets cannot tell`,
    )
  }
  if (undecidable.rows > 0) {
    const fields = [...new Set(rules.flatMap(({ expression }) => [...fieldsOf(expression)]))]
    notes.push(
      `undecidable: a value of ${fields.join(', ')} was stored as a keyed hash, only in part, or not looked for`,
    )
  }
  return notes
}
