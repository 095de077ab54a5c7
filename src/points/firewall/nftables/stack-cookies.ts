import { FIELD_BY_NAME } from '#fields'
import { TidegateError } from '#kernel'
import { conjunction, type Expression, parseExpression } from '#rules'
import type { PacketRule } from '../packet-decision.ts'

/** What the network stack answers with a cookie. */
const ATTEMPT = parsed('tcp.flags.syn and not tcp.flags.ack and not tcp.flags.fin and not tcp.flags.reset')
const WHOLE = parsed('not (ip.frag > 0)')

/**
 * Rules with the action `syn_cookie`. nftables cannot give cookies; the network stack of this machine does it for all who try
 * to connect, as long as we tell it to: what the rule asks for is let through to there. It costs more than XDP, but touches
 * no connection that is there, unlike a proxy, before which all connections would have to be tracked.
 */
export function givesCookies({ action, mode }: PacketRule['rule']): boolean {
  return action.type === 'syn_cookie' && mode !== 'log'
}

/** An expression for no packets but those that are answered. Behind connection tracking none is in fragments. */
export function attemptsOf(expression: Expression, isTracked: boolean): Expression {
  return conjunction([expression, ATTEMPT, ...(isTracked ? [] : [WHOLE])])
}

function parsed(text: string): Expression {
  const result = parseExpression(text, { fields: FIELD_BY_NAME, point: 'firewall' })
  if (result.ok) return result.expression
  throw new TidegateError('ERR_INVARIANT', result.error.message, { source: 'internal' })
}
