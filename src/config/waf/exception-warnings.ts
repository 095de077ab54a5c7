import type { Action } from '#act'
import type { Policy } from '#decide'
import { type CompiledWaf, MANAGED_RULES, WAF_CLASSES } from '#detect'
import type { Problem } from '../source/problem.ts'

/** The rules of the WAF as exceptions name them. */
interface KnownRules {
  /** SecLang ids. */
  readonly ids: readonly number[]
  /** Names of our own. */
  readonly names: readonly string[]
}

/** Exceptions that take nothing out, because no rule of the WAF bears the name. */
export function exceptionWarnings(policy: Policy<Action>, compiled: CompiledWaf | undefined): readonly Problem[] {
  const known: KnownRules = {
    ids: compiled?.crs?.set.items.flatMap((item) => (item.type === 'rule' ? [item.id] : [])) ?? [],
    names: MANAGED_RULES.map(({ id }) => id),
  }
  return policy.rulesets.flatMap(({ rules }) =>
    rules.flatMap(({ id, place, enabled, action }) => {
      if (!enabled || action.type !== 'waf_exception') return []
      const unknown = action.rules.filter((name) => !isKnown(name, known))
      return unknown.map((name) => ({ place, message: `rule ${id}: the WAF has no rule \`${name}\` to leave out` }))
    }),
  )
}

function isKnown(name: string, { ids, names }: KnownRules): boolean {
  if (name === '*' || name.startsWith('tag:')) return true
  if (name.startsWith('class:')) return (WAF_CLASSES as readonly string[]).includes(name.slice('class:'.length))
  if (/^\d/.test(name)) {
    const [first, last = first] = name.split('-').map(Number)
    return ids.some((id) => id >= first && id <= last)
  }
  return name.endsWith('*') ? names.some((each) => each.startsWith(name.slice(0, -1))) : names.includes(name)
}
