import {
  atInterfaces,
  checkNft,
  type Expression,
  fieldsOf,
  isNever,
  PACKET_DIRECTIONS,
  type PacketDirection,
  type PacketHook,
} from '#rules'
import { refusedRule } from '../backend-rules.ts'
import type { PacketRule } from '../packet-decision.ts'
import { keyRefusal } from './limit.ts'
import type { NumberedRule } from './rule-lines.ts'
import { attemptsOf, givesCookies } from './stack-cookies.ts'

/** Where rules are asked: as near to the wire as can be, or behind connection tracking. */
const HOOKS = {
  in: { wire: 'ingress', tracked: 'prerouting' },
  out: { wire: 'egress', tracked: 'postrouting' },
} as const

/** Rules that are asked in one place about the packets of some interfaces. */
export interface Stage {
  readonly hook: (typeof HOOKS)[PacketDirection]['wire' | 'tracked']
  readonly direction: PacketDirection
  readonly interfaces: readonly string[]
  /** They let packets pass, and nothing is counted: an earlier stage did that. */
  readonly allowed: readonly PacketRule[]
  readonly rules: readonly NumberedRule[]
}

/** What is known of a packet only behind connection tracking. */
const CONNECTION_FIELD = 'ct.state'

/** What cannot be seen there: frames have become packets of IP, and fragments whole again. */
const UNSEEN_BEHIND: ReadonlySet<string> = new Set([
  'frame.len',
  'vlan.id',
  'vlan.priority',
  'arp.opcode',
  'arp.src.proto_ipv4',
  'arp.dst.proto_ipv4',
  'ip.frag',
  'ip.frag_offset',
  'ip.flags.mf',
  'ipv6.fraghdr',
])

/** Rules that ask for the state of connections. */
export function asksForConnections(expression: Expression): boolean {
  return fieldsOf(expression).has(CONNECTION_FIELD)
}

/** Attempts to connect are answered in place of the server. */
export function isProxied({ action, mode }: PacketRule['rule']): boolean {
  return action.type === 'synproxy' && mode !== 'log'
}

/**
 * Rules of `packet_ddos` are asked as early as can be. When one of `packet_firewall` asks for the state of its connection,
 * all of that phase are asked behind connection tracking, in their order. What goes out is tracked before it comes to its
 * interface, so that there they are asked first.
 *
 * @throws TidegateError ERR_RULE_INVALID for a rule that nftables cannot ask where it stands
 */
export function stagesOf(rules: readonly PacketRule[], hooks: readonly PacketHook[] = INCOMING): readonly Stage[] {
  for (const each of rules) checkRule(each)
  const numbered = rules.map((each, index): NumberedRule => ({ ...each, slot: index + 1 }))
  const tracked = rules.filter(({ rule }) => isProxied(rule) || asksForConnections(rule.expression))
  const early = tracked.find(({ phase }) => phase === 'packet_ddos')
  if (early !== undefined) {
    throw refusedRule(early.rule, `\`${CONNECTION_FIELD}\` is not known yet in the phase packet_ddos`, MOVE)
  }
  return PACKET_DIRECTIONS.flatMap((direction) => {
    const interfaces = hooks.filter((hook) => hook.direction === direction).map(({ interfaceName }) => interfaceName)
    if (interfaces.length === 0) return []
    const asked = numbered.flatMap((each) => askedAt(each, { direction, interfaces, isTracked: tracked.length > 0 }))
    return directedStages(asked, { direction, interfaces }, tracked.length > 0)
  })
}

const INCOMING: readonly PacketHook[] = [{ interfaceName: '', direction: 'in' }]

interface Asked extends Pick<Stage, 'direction' | 'interfaces'> {
  /** The phase `packet_firewall` is asked behind connection tracking. */
  readonly isTracked: boolean
}

/** A rule as it is asked about packets that go one way; nothing when it is about none of them. Clients need no protection. */
function askedAt(each: NumberedRule, { direction, interfaces, isTracked }: Asked): readonly NumberedRule[] {
  const { rule, phase } = each
  const own = atInterfaces(rule.expression, direction, interfaces)
  if (isNever(own) || (direction === 'out' && (isProxied(rule) || givesCookies(rule)))) return []
  const expression = givesCookies(rule) ? attemptsOf(own, isTracked && phase === 'packet_firewall') : own
  return [{ ...each, rule: { ...rule, expression } }]
}

/** @throws TidegateError ERR_RULE_INVALID */
function directedStages(
  rules: readonly NumberedRule[],
  where: Pick<Stage, 'direction' | 'interfaces'>,
  isTracked: boolean,
): readonly Stage[] {
  const { wire, tracked } = HOOKS[where.direction]
  if (!isTracked) return [{ ...where, hook: wire, allowed: [], rules }]
  const before = rules.filter(({ phase }) => phase === 'packet_ddos')
  const allowed = before.filter(({ rule }) => rule.action.type === 'allow' && rule.mode !== 'log')
  const behind = rules.filter(({ phase }) => phase === 'packet_firewall')
  for (const each of [...allowed, ...behind]) checkBehind(each)
  return [
    { ...where, hook: wire, allowed: [], rules: before },
    { ...where, hook: tracked, allowed, rules: behind },
  ]
}

const MOVE = 'Write the rule into the phase packet_firewall.'

/** @throws TidegateError ERR_RULE_INVALID */
function checkRule(each: PacketRule): void {
  const { expression, action } = each.rule
  const refusal = checkNft(expression)
  if (isProxied(each.rule) && asksForConnections(expression)) {
    throw refusedRule(
      each.rule,
      'a proxy knows the state of connections by itself',
      `Leave \`${CONNECTION_FIELD}\` out.`,
    )
  }
  if (refusal !== undefined) {
    throw refusedRule(each.rule, refusal.reason, 'Filter with `backend: xdp`, or write the rule in another way.')
  }
  const keys = action.type === 'rate_limit' ? action.per : []
  const [uncounted] = keys.flatMap((key) => keyRefusal(key) ?? [])
  if (uncounted !== undefined) {
    const remedy = 'Filter with `backend: xdp`, or write one rule for each value that matters, without it in `per`.'
    throw refusedRule(each.rule, uncounted, remedy)
  }
}

/** @throws TidegateError ERR_RULE_INVALID */
function checkBehind(each: PacketRule): void {
  const unseen = [...fieldsOf(each.rule.expression)].find((field) => UNSEEN_BEHIND.has(field))
  if (unseen === undefined) return
  throw refusedRule(
    each.rule,
    `a rule of the policy asks for \`${CONNECTION_FIELD}\`, and behind connection tracking \`${unseen}\` cannot be seen`,
    'Write the rule into the phase packet_ddos, as long as it does not allow.',
  )
}
