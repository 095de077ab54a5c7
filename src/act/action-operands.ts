import type { Operand } from '#rules'
import type { Action, TextValue } from './action.ts'

/** The operands that an action computes for each request. */
export function actionOperands(action: Action): readonly Operand[] {
  return textsOf(action).flatMap((text) => (text?.kind === 'computed' ? [text.operand] : []))
}

function textsOf(action: Action): readonly (TextValue | undefined)[] {
  switch (action.type) {
    case 'rewrite':
      return [action.path, action.query]
    case 'redirect':
      return [action.to]
    case 'route':
      return [action.host]
    case 'set_header':
      return [action.value]
    case 'allow':
    case 'block':
    case 'log':
    case 'skip':
    case 'waf':
    case 'waf_exception':
    case 'drop':
    case 'reset':
    case 'rate_limit':
    case 'synproxy':
    case 'syn_cookie':
      return []
  }
}
