import { type Draft, parseDraft } from '#config'
import { isPacketPhase, type ListData, type Phase, pointOfPhase, RESPONSE_PHASES } from '#decide'
import { FIELD_BY_NAME } from '#fields'
import { TidegateError } from '#kernel'
import { type ParseOptions, parseExpression, renderRuleError, type RuleError } from '#rules'
import { stringify } from 'yaml'

/** Where an expression alone is tried, in this order: the first phase that can read its fields. */
const TRIED: readonly Phase[] = ['firewall_custom', 'packet_firewall', 'firewall_response']

/** What a rule is called that was given as an expression alone. */
export const UNNAMED_RULE = 'draft'

export interface ExpressionDraft {
  readonly when: string
  readonly id?: string | undefined
  /** As a policy file writes it; without: what stops what matches. */
  readonly action?: string | undefined
  readonly phase?: Phase | undefined
}

/**
 * The draft that an expression alone means: one rule, in the phase that can read its fields.
 * @throws TidegateError ERR_RULE_INVALID with the place in the expression; InvalidFilesError ERR_POLICY_INVALID
 */
export function draftOfExpression(draft: ExpressionDraft, lists: readonly ListData[]): Draft {
  return parseDraft(draftText(draft, lists), 'draft', lists)
}

/** The same as a policy file writes it. */
export function draftText(draft: ExpressionDraft, lists: readonly ListData[]): string {
  const { when, id = UNNAMED_RULE, phase = phaseOf(when, lists) } = draft
  const action = draft.action ?? (isPacketPhase(phase) ? 'drop' : 'block')
  return stringify({ phase, rules: [{ id, when, action }] }, { lineWidth: 0 })
}

function phaseOf(when: string, lists: readonly ListData[]): Phase {
  const types = new Map(lists.map(({ name, type }) => [name, type]))
  const failures = TRIED.map((phase) => {
    const result = parseExpression(when, optionsOf(phase, types))
    return { phase, error: result.ok ? undefined : result.error }
  })
  const found = failures.find(({ error }) => error === undefined)
  if (found !== undefined) return found.phase
  // Of what is wrong everywhere, the phase that understands most of the text tells best.
  const [best] = failures.sort((one, other) => placeOf(other.error) - placeOf(one.error))
  throw new TidegateError('ERR_RULE_INVALID', renderRuleError(best.error!, when), { source: 'client' })
}

/** How far into a text an error is. */
function placeOf(error: RuleError | undefined): number {
  return error === undefined ? 0 : error.line * LONGEST_LINE + error.column
}

const LONGEST_LINE = 1_000_000

function optionsOf(phase: Phase, lists: NonNullable<ParseOptions['lists']>): ParseOptions {
  const stage = RESPONSE_PHASES.has(phase) ? 'response' : 'request'
  return { fields: FIELD_BY_NAME, lists, point: pointOfPhase(phase), stage }
}
