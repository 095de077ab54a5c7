import type { SecAction } from '../seclang/index.ts'
import { ctlEffect, type TargetReader } from './ctl-effects.ts'
import type { Effect } from './engine-rule.ts'
import type { TxNames } from './tx-names.ts'
import { environmentEffect, expireEffect, initEffect, setVarEffect } from './variable-effects.ts'

type EffectMaker = (action: SecAction, names: TxNames, readTarget: TargetReader) => Effect

const MAKERS: Readonly<Record<string, EffectMaker>> = {
  setvar: setVarEffect,
  expirevar: expireEffect,
  ctl: ctlEffect,
  setenv: environmentEffect,
  initcol: (action, names) => {
    const equals = action.value.indexOf('=')
    return initEffect(action.value.slice(0, equals).trim().toUpperCase(), action.value.slice(equals + 1).trim(), names)
  },
  setsid: (action, names) => initEffect('SESSION', action.value, names),
  setuid: (action, names) => initEffect('USER', action.value, names),
  setrsc: (action, names) => initEffect('RESOURCE', action.value, names),
}

/** What the actions of a link do, in order. Actions that only note something do nothing. */
export function linkEffects(actions: readonly SecAction[], names: TxNames, readTarget: TargetReader): Effect[] {
  return actions.flatMap((action) => {
    const make = MAKERS[action.name]
    return make === undefined ? [] : [make(action, names, readTarget)]
  })
}
