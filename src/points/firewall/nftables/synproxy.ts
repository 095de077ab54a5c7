import type { NftRule } from '#rules'
import { asksForConnections, isProxied, type Stage } from './stages.ts'

/** A chain that the kernel calls, and the rules that it asks. */
export interface ProxyChain {
  readonly name: string
  readonly hook: string
  /** The packets that are asked for the rules. */
  readonly asked: string
  readonly rules: readonly NftRule[]
}

const ACCEPT = { lines: (): readonly string[] => ['accept'] }

/** Before connection tracking (-200), and where a proxy may stand, before the rules of others. */
const PRIORITY = { untracked: -300, proxied: -10 } as const

/**
 * The chains that rules with the action `synproxy` need beside those of their stage; none without such a rule. Attempts to
 * connect are not tracked, so that forged ones leave nothing behind; where packets are delivered or forwarded, the proxy
 * answers them, and opens the connection for whoever answers back.
 */
export function proxyChains({ allowed, rules }: Stage): readonly ProxyChain[] {
  if (!rules.some(({ rule }) => isProxied(rule))) return []
  const before = allowed.map(({ rule }): NftRule => ({ when: rule.expression, ...ACCEPT }))
  const decisive = rules.filter(({ rule }) => rule.mode !== 'log' && (rule.action.type === 'allow' || isProxied(rule)))
  const untracked = decisive.filter(({ rule }) => !asksForConnections(rule.expression))
  return [
    {
      name: 'untracked',
      hook: `hook prerouting priority ${PRIORITY.untracked}`,
      asked: 'tcp flags & (fin | syn | rst | ack) == syn',
      rules: [...before, ...untracked.map(({ rule }) => ruleWith(rule, ['notrack accept']))],
    },
    ...(['input', 'forward'] as const).map((hook): ProxyChain => ({
      name: `proxied-${hook}`,
      hook: `hook ${hook} priority ${PRIORITY.proxied}`,
      asked: 'meta l4proto tcp ct state invalid,untracked',
      rules: [...before, ...decisive.map(({ rule }) => ruleWith(rule, proxyLines(rule)))],
    })),
  ]
}

type PlainRule = Stage['rules'][number]['rule']

function ruleWith(rule: PlainRule, lines: readonly string[]): NftRule {
  return { when: rule.expression, ...(isProxied(rule) ? { lines: () => lines } : ACCEPT) }
}

function proxyLines({ action }: PlainRule): readonly string[] {
  if (action.type !== 'synproxy') return []
  const { segmentBytes, windowScale } = action
  return [`synproxy mss ${segmentBytes} wscale ${windowScale} timestamp sack-perm`, 'drop']
}
