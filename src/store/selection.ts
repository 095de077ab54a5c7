import type { Verdict } from '#decide'
import type { RecordedKind, RedactionTable, Treatment } from '#events'
import { type Expression, compileSql, fieldsOf, walk } from '#rules'
import { TidegateError } from '#kernel'
import { fieldSql, kindsRecording } from './field-sql.ts'
import type { PlanScope } from './plan.ts'

/** SQL with the texts to bind to `$1`, `$2` and so on. */
export interface Selection {
  readonly text: string
  readonly parameters: readonly string[]
}

const VERDICTS: ReadonlySet<string> = new Set<Verdict>(['allow', 'block', 'redirect', 'refuse', 'error'])
const HEADER_FIELDS: ReadonlySet<string> = new Set(['http.request.headers', 'http.response.headers'])

/**
 * Kinds of events that can answer a plan: those that record every field which its filter and the given `fields` name. An
 * event of another kind would not have the value, and is not meant.
 */
export function kindsOf(plan: PlanScope, fields: readonly string[] = []): readonly RecordedKind[] {
  if (plan.kind !== undefined) return [plan.kind]
  const asked = plan.filter === undefined ? fields : [...fieldsOf(plan.filter), ...fields]
  const kinds = kindsRecording(asked)
  // When there is none, the refusal is about the kind that most questions are about.
  return kinds.length === 0 ? ['http'] : kinds
}

/**
 * The condition of a plan on events of a kind besides its range of time. Throws ERR_QUERY_INVALID for what stored events
 * cannot answer.
 */
export function conditionOf(plan: PlanScope, kind: RecordedKind, redactions: RedactionTable): Selection {
  const verdicts = (plan.verdicts ?? []).filter((verdict) => VERDICTS.has(verdict))
  const verdictText =
    plan.verdicts === undefined
      ? []
      : [verdicts.length === 0 ? 'FALSE' : `"decision.verdict" IN (${verdicts.map((name) => `'${name}'`).join(', ')})`]
  if (plan.filter === undefined) return { text: verdictText[0] ?? 'TRUE', parameters: [] }
  refuseRedacted(plan.filter, redactions)
  const compiled = compileSql(plan.filter, {
    dialect: 'duckdb',
    column: (name) => fieldSql(name, kind),
    lists: plan.lists ?? new Map(),
  })
  if (!compiled.ok) {
    throw new TidegateError('ERR_QUERY_INVALID', `stored events cannot be asked this: ${compiled.reason}`, {
      source: 'client',
      remedy: 'Leave that part out of the filter.',
    })
  }
  return { text: [...verdictText, `(${compiled.text})`].join(' AND '), parameters: compiled.parameters }
}

/** A comparison with a value that is stored as a hash would be silently false: it is refused instead. */
function refuseRedacted(filter: Expression, redactions: RedactionTable): void {
  walk(filter, (node) => {
    if (node.kind === 'Field' && isHashed(redactions.ofField(node.name))) throw redacted(node.name)
    if (node.kind !== 'Index' || node.operand.kind !== 'Field' || !HEADER_FIELDS.has(node.operand.name)) return
    const key = String(node.index)
    if (isHashed(redactions.ofHeader(key))) throw redacted(`${node.operand.name}["${key}"]`)
  })
}

/** These are stored readable, but for the values of sensitive arguments. */
const READABLE: ReadonlySet<Treatment> = new Set(['plain', 'url', 'query', 'matches'])

function isHashed(treatment: Treatment): boolean {
  return !READABLE.has(treatment)
}

function redacted(what: string): TidegateError {
  return new TidegateError('ERR_QUERY_INVALID', `${what} cannot be searched: only keyed hashes of it are stored`, {
    source: 'client',
    remedy: 'Search by http.request.cookies.names, or by another field.',
  })
}
