import type { SkipAction } from '#decide'
import type { WafClass, WafSensitivity, WafSettings } from '#detect'
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
  | WafAction
  | WafExceptionAction
  | DropAction
  | ResetAction
  | RateLimitAction
  | SynproxyAction
  | SynCookieAction

/** Ends the evaluation: the request goes to the origin, the packet passes. */
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

/** What a `waf` rule changes in the settings of a site; of the sensitivities only the given ones. */
export interface WafChanges extends Partial<Omit<WafSettings, 'sensitivity'>> {
  readonly sensitivity?: Readonly<Partial<Record<WafClass, WafSensitivity>>>
}

/** Changes how the WAF judges a request. */
export interface WafAction {
  readonly type: 'waf'
  readonly terminating: false
  readonly changes: WafChanges
}

/** Takes rules, or some variables from rules, out of the judgement of a request. */
export interface WafExceptionAction {
  readonly type: 'waf_exception'
  readonly terminating: false
  /** As `WafException.rules` and `WafException.parameters`. */
  readonly rules: readonly string[]
  readonly parameters: readonly string[]
}

/** Throws a packet away without an answer. */
export interface DropAction {
  readonly type: 'drop'
  readonly terminating: true
}

/** Answers a TCP segment with a reset; other packets are thrown away. */
export interface ResetAction {
  readonly type: 'reset'
  readonly terminating: true
}

/** Throws away the packets above a rate; those below it go on to the next rule. */
export interface RateLimitAction {
  readonly type: 'rate_limit'
  readonly terminating: false
  /** Fields whose values are counted apart; without any, all packets of the rule count together. */
  readonly per: readonly RateKey[]
  readonly unit: 'packets' | 'bytes'
  /** So many units in each period. */
  readonly amount: number
  readonly periodMs: number
  /** How many units may come at once after a silence. */
  readonly burst: number
  /** Bits of an address that count: all sources of one network are counted together. */
  readonly ipv4Prefix: number
  readonly ipv6Prefix: number
}

/** Answers whoever wants to connect, and lets them through to the server only when they answer back. */
export interface SynproxyAction {
  readonly type: 'synproxy'
  readonly terminating: true
  /** What is offered in place of the server, which should offer no less: see RFC 9293 section 3.7.1 and RFC 7323 section 2. */
  readonly segmentBytes: number
  readonly windowScale: number
}

/** Answers attempts to connect to this machine with SYN cookies. */
export interface SynCookieAction {
  readonly type: 'syn_cookie'
  readonly terminating: true
}

/** Fields by which packets can be counted apart. */
export const RATE_KEYS = [
  'ip.src',
  'ip.dst',
  'ip.proto',
  'ip.len',
  'ip.ttl',
  'ip.dsfield.dscp',
  'l4.srcport',
  'l4.dstport',
  'tcp.flags',
  'tcp.window',
  'icmp.type',
  'vlan.id',
] as const

export type RateKey = (typeof RATE_KEYS)[number]
