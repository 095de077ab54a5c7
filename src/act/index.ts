export type {
  Action,
  AllowAction,
  BlockAction,
  DropAction,
  LogAction,
  RateKey,
  RateLimitAction,
  RedirectAction,
  ResetAction,
  RewriteAction,
  RouteAction,
  SetHeaderAction,
  SkipAction,
  SynCookieAction,
  SynproxyAction,
  TextValue,
  WafAction,
  WafChanges,
  WafExceptionAction,
} from './action.ts'
export { actionOperands } from './action-operands.ts'
export type { ActionPath, ActionProblem, Built, ParseText } from './definition.ts'
export { compileAction, type Effect } from './effect.ts'
export { ACTIONS, type ListedAction, parseAction } from './parse-action.ts'
export { compileEffects, type PolicyEffects } from './policy-effects.ts'
export type { LocateResult, RedirectEffect } from './redirect.ts'
export type { RewriteEffect, RewriteResult, TargetParts } from './rewrite.ts'
export type { HostResult, RouteEffect } from './route.ts'
export type { SetHeaderEffect } from './set-header.ts'
export { WAF_BOUNDS, WAF_MODES, WAF_RULE_SETS, WAF_SENSITIVITIES } from './waf-bounds.ts'
export { changedWafSettings } from './waf-changes.ts'
