import type { Action } from '#act'
import { type ListData, type Phase, PHASES, type Rule } from '#decide'
import { z } from 'zod'
import { rowsBelow } from '../schema/reference-rows.ts'
import { schemaProblems } from '../schema-problems.ts'
import { InvalidFilesError, type Problem } from '../source/problem.ts'
import { parseYaml } from '../source/yaml-document.ts'
import { parseRule, type ParsedRule } from './parse-rule.ts'

/** Rules that are in no policy yet, all of one phase, in order. */
export interface Draft {
  readonly phase: Phase
  readonly rules: readonly Rule<Action>[]
}

const DRAFT_SCHEMA = z.strictObject({
  phase: z.enum(PHASES).describe('Phase of the rules.'),
  rules: z.array(z.unknown()).min(1).describe('Rules in the order in which they run.'),
})

/**
 * Reads a draft: one YAML document with `phase` and `rules`, as in a policy file. Its rules may use the given lists.
 * @param file how the text is called in messages
 * @throws InvalidFilesError ERR_POLICY_INVALID listing every problem
 */
export function parseDraft(text: string, file: string, lists: readonly ListData[]): Draft {
  const { documents, problems } = parseYaml(text, file)
  if (problems.length > 0) throw new InvalidFilesError('ERR_POLICY_INVALID', problems)
  const [document, second] = documents
  if (document === undefined || second !== undefined) {
    const place = second?.placeOf([]) ?? { file, line: 1, column: 1 }
    throw new InvalidFilesError('ERR_POLICY_INVALID', [
      { place, message: 'expected one YAML document with `phase` and `rules`' },
    ])
  }
  const result = DRAFT_SCHEMA.safeParse(document.value)
  if (!result.success) {
    const rows = rowsBelow(DRAFT_SCHEMA, '')
    throw new InvalidFilesError('ERR_POLICY_INVALID', schemaProblems(result.error.issues, { document, base: [], rows }))
  }
  const { phase, rules } = result.data
  const types = new Map(lists.map(({ name, type }) => [name, type]))
  const faults: Problem[] = []
  const parsed: ParsedRule[] = []
  for (const [index, written] of rules.entries()) {
    const read = parseRule(written, { document, base: ['rules', index], phase, lists: types, faultyLists: [] })
    if ('parsed' in read) parsed.push(read.parsed)
    else faults.push(...read.problems)
  }
  if (faults.length > 0) throw new InvalidFilesError('ERR_POLICY_INVALID', faults)
  return { phase, rules: parsed.map(({ rule }) => rule) }
}
