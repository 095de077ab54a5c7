export { loadSecRules, type LoadSecRulesOptions } from './load-rules.ts'
export { compileMacro, type Macro, type MacroReference } from './macro.ts'
export { InvalidRulesError } from './problems.ts'
export { parseSetVar, type SetVar } from './set-var.ts'
export type {
  SecAction,
  SecDisruptive,
  SecItem,
  SecLink,
  SecOperator,
  SecRule,
  SecRuleSet,
  SecSelector,
  SecVariable,
} from './model.ts'
