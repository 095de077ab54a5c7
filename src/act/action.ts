import type { SkipAction } from '#decide'
import type { Operand } from '#rules'

/** Skips whole phases, single rules by id, or the rest of the current ruleset. It steers the evaluation, so `decide` owns it. */
export type { SkipAction } from '#decide'

/** Text that is fixed, or computed by an operand of type String for each request. */
export type TextValue =
  | { readonly kind: 'fixed'; readonly text: string }
  | { readonly kind: 'computed'; readonly source: string; readonly operand: Operand }

/** What a rule does when it matches, as plain data that can be posted to another thread. */
export type Action =
  | AllowAction
  | BlockAction
  | LogAction
  | SkipAction
  | RewriteAction
  | RedirectAction
  | RouteAction
  | SetHeaderAction

/** Ends the evaluation of the request phases: the request goes to the origin. */
export interface AllowAction {
  readonly type: 'allow'
  readonly terminating: true
}

export interface BlockAction {
  readonly type: 'block'
  readonly terminating: true
  readonly status: number
  /** Body with its media type; without it the error page is sent. */
  readonly body?: { readonly contentType: string; readonly text: string }
}

export interface LogAction {
  readonly type: 'log'
  readonly terminating: false
}

export interface RewriteAction {
  readonly type: 'rewrite'
  readonly terminating: false
  readonly path?: TextValue
  readonly query?: TextValue
}

export interface RedirectAction {
  readonly type: 'redirect'
  readonly terminating: true
  readonly status: 301 | 302 | 303 | 307 | 308
  readonly to: TextValue
  readonly keepQuery: boolean
}

/** Sends the request to other origins than the site's, or under another Host. */
export interface RouteAction {
  readonly type: 'route'
  readonly terminating: false
  readonly site?: string
  readonly origin?: string
  readonly host?: TextValue
}

export interface SetHeaderAction {
  readonly type: 'set_header'
  readonly terminating: false
  readonly name: string
  readonly operation: 'set' | 'add' | 'remove'
  readonly value?: TextValue
}
