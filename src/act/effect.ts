import type { CompileEnvironment } from '#rules'
import type {
  Action,
  AllowAction,
  BlockAction,
  DropAction,
  LogAction,
  RateLimitAction,
  ResetAction,
  SkipAction,
  SynCookieAction,
  SynproxyAction,
  WafAction,
  WafExceptionAction,
} from './action.ts'
import { compileRedirect, type RedirectEffect } from './redirect.ts'
import { compileRewrite, type RewriteEffect } from './rewrite.ts'
import { compileRoute, type RouteEffect } from './route.ts'
import { compileSetHeader, type SetHeaderEffect } from './set-header.ts'

/** An action ready to be applied: actions without computed parts are their own effect. */
export type Effect<Context> =
  | AllowAction
  | BlockAction
  | LogAction
  | SkipAction
  | RewriteEffect<Context>
  | RedirectEffect<Context>
  | RouteEffect<Context>
  | SetHeaderEffect<Context>
  | WafAction
  | WafExceptionAction
  | DropAction
  | ResetAction
  | RateLimitAction
  | SynproxyAction
  | SynCookieAction

/** Compiles an action. Throws ERR_RULE_INVALID when it reads a field or list that the environment does not have. */
export function compileAction<Context>(action: Action, environment: CompileEnvironment<Context>): Effect<Context> {
  switch (action.type) {
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
      return action
    case 'rewrite':
      return compileRewrite(action, environment)
    case 'redirect':
      return compileRedirect(action, environment)
    case 'route':
      return compileRoute(action, environment)
    case 'set_header':
      return compileSetHeader(action, environment)
  }
}
