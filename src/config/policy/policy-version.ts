import { createHash } from 'node:crypto'
import type { ParsedList } from './parse-list.ts'
import type { ParsedRule } from './parse-rule.ts'

/** Raise it when the same policy text begins to mean something else. */
const CANONICAL_FORM = 1

/**
 * The policy version: the first 16 hexadecimal digits of SHA-256 over what the policy means. Comments, layout, and how
 * rules are spread over files do not count; the order of rules and every entry of a list do.
 */
export function policyVersion(rules: readonly ParsedRule[], lists: readonly ParsedList[]): string {
  const canonicalRules = rules.map(({ phase, rule, writtenAction }) => [
    phase,
    rule.id,
    rule.description,
    rule.when,
    canonical(writtenAction),
    rule.enabled,
    rule.mode,
    rule.expiresMs ?? null,
  ])
  const canonicalLists = [...lists]
    .map(({ name, digest }) => [name, digest])
    .sort(([left], [right]) => (left < right ? -1 : 1))
  return createHash('sha256')
    .update(JSON.stringify([CANONICAL_FORM, canonicalRules, canonicalLists]))
    .digest('hex')
    .slice(0, 16)
}

/** Plain data with the keys of mappings in order: `{ a, b }` and `{ b, a }` mean the same. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical)
  if (typeof value !== 'object' || value === null) return value
  return Object.entries(value)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, entry]) => [key, canonical(entry)])
}
