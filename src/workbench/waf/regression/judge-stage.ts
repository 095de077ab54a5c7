import type { StageOutput } from './regression-test.ts'

/** What one stage led to, however it was evaluated. */
export interface StageOutcome {
  /** Ids of the rules that matched and log. */
  readonly ids: ReadonlySet<number>
  /** Status of the answer that the client saw. */
  readonly status: number
  /** What an audit log would hold: one line a matched rule. */
  readonly logLines: readonly string[]
}

/** Why an outcome is not what the stage expects; empty when it is. */
export function judgeStage(expected: StageOutput, outcome: StageOutcome): string[] {
  const log = expected.log ?? {}
  const reasons: string[] = []
  for (const id of log.expect_ids ?? []) if (!outcome.ids.has(id)) reasons.push(`missing ${id}`)
  for (const id of log.no_expect_ids ?? []) if (outcome.ids.has(id)) reasons.push(`unexpected ${id}`)
  const { match_regex: wanted, no_match_regex: unwanted } = log
  if (wanted !== undefined && !logsLike(wanted, outcome)) reasons.push(`no log line like ${wanted}`)
  if (unwanted !== undefined && logsLike(unwanted, outcome)) reasons.push(`a log line like ${unwanted}`)
  if (expected.log === undefined && expected.status?.includes(outcome.status) === false) {
    reasons.push(`status ${outcome.status} instead of ${expected.status.join(' or ')}`)
  }
  return reasons
}

function logsLike(pattern: string, { logLines }: StageOutcome): boolean {
  const regex = readPattern(pattern)
  return logLines.some((line) => regex?.test(line) ?? line.includes(pattern))
}

/** The tests are written for another regular expression engine: what JavaScript cannot read counts as plain text. */
function readPattern(pattern: string): RegExp | undefined {
  try {
    return new RegExp(pattern)
  } catch {
    return undefined
  }
}
