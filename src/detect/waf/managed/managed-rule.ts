import type { WafClass } from '../settings.ts'
import type { Sample } from './sample.ts'

/** From which sensitivity of its class on a rule is in force. */
type RuleSensitivity = 'low' | 'medium' | 'high'

/** One rule of the embedded set: an entry in the file of its class, nothing else to register. */
export interface ManagedRule {
  /** Name in events and exceptions, such as `sqli-union`. Names stay what they are between releases. */
  readonly id: string
  readonly class: WafClass
  readonly sensitivity: RuleSensitivity
  /** What a match adds to the evidence of its class; see `BLOCK_WEIGHT`. */
  readonly weight: number
  /** Condition in the rules language over the fields of the point `waf`. */
  readonly when: string
  /** One or two sentences for the reference page: what it finds, and what it is used for. */
  readonly help: string
  readonly examples: {
    /** Each must match this rule. */
    readonly attacks: readonly Sample[]
    /** None may match this rule; written to show its limits. */
    readonly benign: readonly Sample[]
  }
}
