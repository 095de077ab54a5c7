import type { PacketDecision } from '#points'
import type { PacketHook } from '#rules'
import { printable } from '../output/printable.ts'
import { style } from '../output/style.ts'

/** What a trace says about one packet. */
export interface TracedPacket {
  readonly frame: number
  readonly hook: PacketHook
  /** A text says why there is none. */
  readonly decision: PacketDecision | string
}

const STYLE = { pass: 'green', drop: 'red', limit: 'yellow' } as const

/** For machines. */
export function tracedJson({ frame, hook, decision }: TracedPacket, backend: string): object {
  const place = { interface: hook.interfaceName, direction: hook.direction }
  if (typeof decision === 'string') return { frame, verdict: null, why: decision, ...place, backend }
  const { verdict, phase = null, ruleId = null, action = null, management, note, isUnfiltered } = decision
  return {
    frame,
    verdict,
    phase,
    ruleId,
    action,
    ...place,
    backend,
    ...(management === true && { management }),
    ...(note !== undefined && { note }),
    ...(isUnfiltered === true && { filtered: false }),
  }
}

/** For people. */
export function tracedLine({ frame, hook, decision }: TracedPacket): string {
  const number = String(frame).padStart(6)
  if (typeof decision === 'string') return `${number}  ${style('dim', '?    ')}  ${printable(decision)}\n`
  const { verdict, phase, ruleId, action } = decision
  const reason =
    ruleId !== undefined
      ? `${printable(ruleId)} (${phase}, ${action})`
      : decision.isUnfiltered === true
        ? `${printable(hook.interfaceName)} ${hook.direction} is not filtered`
        : decision.management === true
          ? 'the other side is one of firewall.management'
          : 'no rule decides'
  const noted = decision.note === undefined ? '' : style('dim', `; ${decision.note}`)
  return `${number}  ${style(STYLE[verdict], verdict.padEnd(5))}  ${reason}${noted}\n`
}
