import type { PacketDecision } from '#points'
import { printable } from '../output/printable.ts'
import { style } from '../output/style.ts'

/** What a trace says about one packet. */
export interface TracedPacket {
  readonly frame: number
  /** A text says why there is none. */
  readonly decision: PacketDecision | string
}

const STYLE = { pass: 'green', drop: 'red', limit: 'yellow' } as const

/** For machines. */
export function tracedJson({ frame, decision }: TracedPacket, backend: string): object {
  if (typeof decision === 'string') return { frame, verdict: null, why: decision, backend }
  const { verdict, phase = null, ruleId = null, action = null, management } = decision
  return { frame, verdict, phase, ruleId, action, backend, ...(management === true && { management }) }
}

/** For people. */
export function tracedLine({ frame, decision }: TracedPacket): string {
  const number = String(frame).padStart(6)
  if (typeof decision === 'string') return `${number}  ${style('dim', '?    ')}  ${printable(decision)}\n`
  const { verdict, phase, ruleId, action } = decision
  const reason =
    ruleId !== undefined
      ? `${printable(ruleId)} (${phase}, ${action})`
      : decision.management === true
        ? 'the source is one of firewall.management'
        : 'no rule decides'
  return `${number}  ${style(STYLE[verdict], verdict.padEnd(5))}  ${reason}\n`
}
