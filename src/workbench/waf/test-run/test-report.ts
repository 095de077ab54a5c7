import type { CorpusRequest } from '../corpus-request.ts'
import { type Outcome, STOPPED, type Treatment } from './treatment.ts'

/** A request of a corpus with what became of it. */
export interface TestedRequest {
  readonly request: CorpusRequest
  readonly outcome: Outcome
}

/** How the requests of one group were treated. */
export interface GroupTally {
  /** Class of attacks, or kind of harmless requests. */
  readonly group: string
  readonly requests: number
  /** Blocked, refused or sent elsewhere. */
  readonly stopped: number
  /** Would be blocked in mode `block`. */
  readonly logged: number
  readonly passed: number
  readonly failed: number
}

/** What a test found out about one site, or one running edge. */
export interface TestReport {
  readonly attacks: readonly GroupTally[]
  readonly benign: readonly GroupTally[]
  /** Percent of the attacks that are stopped, or would be in mode `block`; undefined when none was sent. */
  readonly detection: number | undefined
  /** The same of the harmless requests. */
  readonly falsePositives: number | undefined
  /** Attacks that pass, and harmless requests that do not. */
  readonly missed: readonly TestedRequest[]
  readonly wronglyStopped: readonly TestedRequest[]
}

export function testReport(tested: readonly TestedRequest[]): TestReport {
  const attacks = tested.filter(({ request }) => request.kind === 'attack')
  const benign = tested.filter(({ request }) => request.kind !== 'attack')
  return {
    attacks: tallies(attacks, ({ request }) => request.class ?? 'other'),
    benign: tallies(benign, ({ request }) => request.kind),
    detection: noticedPercent(attacks),
    falsePositives: noticedPercent(benign),
    missed: attacks.filter(({ outcome }) => outcome.treatment === 'passed'),
    wronglyStopped: benign.filter(({ outcome }) => isNoticed(outcome.treatment)),
  }
}

/** Not what an application would have to do with, or only because of the mode. */
export function isNoticed(treatment: Treatment): boolean {
  return STOPPED.has(treatment) || treatment === 'logged'
}

function tallies(tested: readonly TestedRequest[], groupOf: (tested: TestedRequest) => string): GroupTally[] {
  const groups = Map.groupBy(tested, groupOf)
  return [...groups].map(([group, members]) => {
    const count = (test: (treatment: Treatment) => boolean) =>
      members.filter(({ outcome }) => test(outcome.treatment)).length
    return {
      group,
      requests: members.length,
      stopped: count((treatment) => STOPPED.has(treatment)),
      logged: count((treatment) => treatment === 'logged'),
      passed: count((treatment) => treatment === 'passed'),
      failed: count((treatment) => treatment === 'failed'),
    }
  })
}

function noticedPercent(tested: readonly TestedRequest[]): number | undefined {
  const known = tested.filter(({ outcome }) => outcome.treatment !== 'failed')
  if (known.length === 0) return undefined
  return (100 * known.filter(({ outcome }) => isNoticed(outcome.treatment)).length) / known.length
}
