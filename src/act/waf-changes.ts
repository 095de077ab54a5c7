import type { WafSettings } from '#detect'
import type { WafAction } from './action.ts'

/** Settings by the rule that changed them: requests share them, so that what is worked out for them serves again. */
const known = new WeakMap<WafSettings, WeakMap<WafAction, WafSettings>>()

/** `settings` with the changes of a rule; the same settings and the same rule always give the same object. */
export function changedWafSettings(settings: WafSettings, action: WafAction): WafSettings {
  const byAction = known.get(settings) ?? new WeakMap<WafAction, WafSettings>()
  known.set(settings, byAction)
  const before = byAction.get(action)
  if (before !== undefined) return before
  const { changes } = action
  const changed: WafSettings = Object.freeze({
    ...settings,
    ...changes,
    sensitivity: Object.freeze({ ...settings.sensitivity, ...changes.sensitivity }),
  })
  byAction.set(action, changed)
  return changed
}
