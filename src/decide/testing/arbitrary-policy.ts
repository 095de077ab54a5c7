import * as fc from 'fast-check'
import { FIELD_BY_NAME, type FieldValue, type Readers } from '#fields'
import { type Expression, parseExpression } from '#rules'
import { packRanges, parseCidr, parseIp } from '#wire'
import { HTTP_PHASES } from '../phase.ts'
import type { ListData, Policy } from '../policy.ts'
import type { Rule, RuleAction, SkipAction } from '../rule.ts'
import { ADDRESSES, INTS, ruleText, words } from './arbitrary-rule-text.ts'

/** What a rule may read in these tests: the value of each field by its name. */
export type Row = ReadonlyMap<string, FieldValue>

export const LISTS: readonly ListData[] = [
  { name: 'texts', type: 'String', values: ['admin', '/api', 'ab'] },
  { name: 'numbers', type: 'Int', values: [80, 443] },
  { name: 'networks', type: 'IP', ranges: packRanges([parseCidr('10.0.0.0/31')!, parseCidr('2001:db8::/32')!]) },
]

export const READERS: Readers<Row> = {
  read: Object.fromEntries([...FIELD_BY_NAME.keys()].map((name) => [name, (row: Row) => row.get(name)])),
}

/** Reads an expression over all fields; throws when it is faulty. */
export function expressionOf(text: string): Expression {
  const lists = new Map(LISTS.map((list) => [list.name, list.type]))
  const parsed = parseExpression(text, { fields: FIELD_BY_NAME, lists })
  if (!parsed.ok) throw new Error(`${text}: ${parsed.error.message}`)
  return parsed.expression
}

/** A rule that blocks, with what a test is about in `parts`. */
export function ruleOf(id: string, when: string, parts: Partial<Rule> = {}): Rule {
  return {
    id,
    description: '',
    when,
    expression: expressionOf(when),
    action: { type: 'block', terminating: true },
    enabled: true,
    mode: 'enforce',
    place: { file: 'edge.yaml', line: 1, column: 1 },
    ...parts,
  }
}

export function skipOf(parts: Partial<SkipAction>): SkipAction {
  return { type: 'skip', terminating: false, phases: [], rules: [], rest: false, ...parts }
}

const number = fc.constantFrom<FieldValue>(...INTS)
const address = fc.constantFrom(...ADDRESSES).map((written): FieldValue => parseIp(written)!)
const headers = fc
  .dictionary(fc.constantFrom('x-a', 'x-b'), fc.array(words, { maxLength: 3 }))
  .map((fields): FieldValue => new Map(Object.entries(fields)))

const VALUES: Readonly<Record<string, fc.Arbitrary<FieldValue>>> = {
  'http.host': words,
  'http.request.uri.path': words,
  'http.user_agent': words,
  'http.request.headers': headers,
  'http.request.headers.names': fc.array(words, { maxLength: 3 }),
  'tcp.srcport': number,
  'ip.src.asnum': number,
  'http.request.body.size': number,
  'ip.src': address,
  ssl: fc.boolean(),
}

/** A row in which any field may be absent. */
export const row: fc.Arbitrary<Row> = fc
  .record(VALUES, { requiredKeys: [] })
  .map(
    (record) =>
      new Map(Object.entries(record).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]))),
  )

const RULE_COUNT = 12
const action: fc.Arbitrary<RuleAction> = fc.oneof(
  fc.constantFrom<RuleAction>(
    { type: 'log', terminating: false },
    { type: 'block', terminating: true },
    { type: 'allow', terminating: true },
    { type: 'redirect', terminating: true },
  ),
  fc
    .record({
      phases: fc.subarray([...HTTP_PHASES], { maxLength: 2 }),
      rules: fc.array(
        fc.integer({ min: 0, max: RULE_COUNT }).map((n) => `rule-${n}`),
        { maxLength: 3 },
      ),
      rest: fc.boolean(),
    })
    .map(skipOf),
)

export const NOW_MS = 1_000_000

/** A policy with rules in every phase, some of them disabled, expired or in log mode. */
export const policy: fc.Arbitrary<Policy> = fc
  .array(
    fc.record({
      phase: fc.constantFrom(...HTTP_PHASES),
      when: ruleText,
      action,
      enabled: fc.constantFrom(true, true, true, false),
      mode: fc.constantFrom<Rule['mode']>('enforce', 'enforce', 'log'),
      expiresMs: fc.constantFrom(undefined, undefined, NOW_MS - 1, NOW_MS, NOW_MS + 1),
    }),
    { minLength: 1, maxLength: RULE_COUNT },
  )
  .map((drawn) => {
    const rules = drawn.map(({ phase, when, expiresMs, ...parts }, n) => ({
      phase,
      rule: ruleOf(`rule-${n}`, when, { ...parts, ...(expiresMs === undefined ? {} : { expiresMs }) }),
    }))
    const rulesets = HTTP_PHASES.map((phase) => ({
      phase,
      rules: rules.filter((each) => each.phase === phase).map((each) => each.rule),
    }))
    return { version: 'test', rulesets, lists: LISTS }
  })
