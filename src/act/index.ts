export type {
  Action,
  AllowAction,
  BlockAction,
  LogAction,
  RedirectAction,
  RewriteAction,
  RouteAction,
  SetHeaderAction,
  SkipAction,
  TextValue,
} from './action.ts'
export type { ActionPath, ActionProblem, Built, ParseText } from './definition.ts'
export { compileAction, type Effect } from './effect.ts'
export { ACTIONS, type ListedAction, parseAction } from './parse-action.ts'
export { compileEffects, type PolicyEffects } from './policy-effects.ts'
export type { LocateResult, RedirectEffect } from './redirect.ts'
export type { RewriteEffect, RewriteResult, TargetParts } from './rewrite.ts'
export type { HostResult, RouteEffect } from './route.ts'
export type { SetHeaderEffect } from './set-header.ts'
