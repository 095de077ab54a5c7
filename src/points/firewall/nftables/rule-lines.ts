import type { RateLimitAction } from '#act'
import type { NftRule, NftShape } from '#rules'
import type { PacketRule } from '../packet-decision.ts'
import { limitText } from './limit.ts'
import type { Stage } from './stages.ts'

/** Packets that no rule decided about. */
export const UNDECIDED_COUNTER = 'undecided'

/** Packets of `firewall.management`. */
export const MANAGEMENT_COUNTER = 'management'

/** What begins the names of counters that count where packets leave: there the Ethernet header is counted as well. */
export const EGRESS_PREFIX = 'out/'

/** The counter of a rule; an id is at most 128 letters, digits, _, . and -. */
export function ruleCounter(ruleId: string): string {
  return `rule/${ruleId}`
}

/** Counts the packets above the rate of a rule. */
export function overCounter(ruleId: string): string {
  return `over/${ruleId}`
}

/** A rule with its number, by which samples and traces name it. */
export interface NumberedRule extends PacketRule {
  readonly slot: number
}

/** The statements that copy packets of a rule to the reader of samples, now and then. */
export type SampleLines = (slot: number, isDropped: boolean) => readonly string[]

const RESETS: Readonly<Partial<Record<NftShape['family'], string>>> = {
  ipv4: 'meta protocol ip meta l4proto tcp reject with tcp reset',
  ipv6: 'meta protocol ip6 meta l4proto tcp reject with tcp reset',
}

/** Says what happens to the packets of rules. */
export interface StageLines {
  /** Declarations of what the lines name, by its name; complete when the rules were compiled. */
  readonly objects: ReadonlyMap<string, string>
  /** Chains that the lines lead to. */
  readonly chains: ReadonlyMap<string, readonly string[]>
  rule(rule: NumberedRule): NftRule
  /** For sources that always pass. */
  readonly management: readonly string[]
  /** For packets that no rule of a stage decided about. */
  rest(isLastStage: boolean): readonly string[]
}

/** Writes rules that filter. */
export class FilterLines implements StageLines {
  readonly objects = new Map<string, string>()
  readonly chains = new Map<string, readonly string[]>()
  readonly management: readonly string[]
  readonly #prefix: string
  readonly #hook: Stage['hook']
  readonly #sample: SampleLines

  /** All chains begin with `prefix`; packets meet the rules at `hook`. */
  constructor(prefix: string, hook: Stage['hook'], sample: SampleLines) {
    this.#prefix = prefix
    this.#hook = hook
    this.#sample = sample
    // Behind connection tracking they were counted before.
    const isFirst = hook === 'ingress' || hook === 'egress'
    this.management = [...(isFirst ? [this.#count(MANAGEMENT_COUNTER)] : []), 'accept']
  }

  rest(isLastStage: boolean): readonly string[] {
    return !isLastStage ? [] : [this.#count(UNDECIDED_COUNTER), ...this.#sample(0, false)]
  }

  #count(counter: string): string {
    const name = this.#hook === 'egress' ? `${EGRESS_PREFIX}${counter}` : counter
    this.objects.set(name, `counter ${name} { }`)
    return `counter name ${name}`
  }

  rule({ rule, slot }: NumberedRule): NftRule {
    const { id, action, mode, expression: when } = rule
    const counted = this.#count(ruleCounter(id))
    if (mode === 'log' || action.type === 'log') {
      return { when, lines: () => [counted, ...this.#sample(slot, false)] }
    }
    switch (action.type) {
      case 'allow':
      case 'synproxy':
        return { when, lines: () => [counted, ...this.#sample(slot, false), 'accept'] }
      // What the network stack answers in place of a program counts as answered here, as it does by XDP.
      case 'syn_cookie':
        return { when, lines: () => [counted, ...this.#sample(slot, true), 'accept'] }
      case 'reset':
        return {
          when,
          lines: ({ family, carried, direction }) => {
            const reset = carried === 'tcp' && direction === 'in' ? RESETS[family] : undefined
            return [counted, ...this.#sample(slot, true), ...(reset === undefined ? [] : [reset]), 'drop']
          },
        }
      case 'rate_limit':
        return this.#limit(action, { slot, counted, id, when })
      default:
        return { when, lines: () => [counted, ...this.#sample(slot, true), 'drop'] }
    }
  }

  #limit(
    action: RateLimitAction,
    { slot, counted, id, when }: { slot: number; counted: string; id: string; when: NftRule['when'] },
  ): NftRule {
    const over = `${this.#prefix}over-${slot}`
    this.chains.set(over, [this.#count(overCounter(id)), counted, ...this.#sample(slot, true), 'drop'])
    return {
      when,
      lines: (shape) => {
        const { objects, match } = limitText(id, action, shape)
        for (const [name, text] of objects) this.objects.set(name, text)
        return [`${match} goto ${over}`, counted]
      },
    }
  }
}
