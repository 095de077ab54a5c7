import type { WafClass, WafRuleSet } from './settings.ts'

/** One rule that matched one value, with what an engineer needs to see why. */
export interface WafMatch {
  readonly ruleSet: WafRuleSet
  /** SecLang id in decimal, or the name of one of our rules. */
  readonly ruleId: string
  readonly class: WafClass
  /** What it added to the anomaly score (SecLang), or its weight (ours). 0: it only noted something. */
  readonly score: number
  /** SecLang phase: 1 and 2 request, 3 and 4 answer, 5 log. */
  readonly phase: number
  readonly paranoia: number
  readonly message: string
  /** SecLang variable with its selector, such as `ARGS:q` or `REQUEST_HEADERS:User-Agent`. */
  readonly variable: string
  /** The transformations that changed the value, in order, by their SecLang names. */
  readonly trail: readonly string[]
  /** The value as it was tested, at most 512 bytes around what matched. */
  readonly value: string
  /** Where the matched bytes stand in `value`. */
  readonly matchOffset: number
  readonly matchLength: number
  /** Offset of `value` in the whole tested value. */
  readonly valueOffset: number
  /** What the detector recognised, such as `union-select`; only for detectors. */
  readonly finding?: string
}

/** What was looked at: a body larger than the limits is inspected in part, and says so. */
export interface WafCoverage {
  readonly inspectedBytes: number
  /** Length of the whole body as far as it is known. */
  readonly totalBytes: number | undefined
  /** Why not all of it was inspected; undefined when it was. */
  readonly why: string | undefined
}

/** Why a request or an answer shall not pass. */
export interface WafInterruption {
  readonly status: number
  /** The rule that decided: SecLang id, name of ours, or `waf-budget`. */
  readonly ruleId: string
  readonly why: string
}

/** What rules that are staged would do: they decide nothing yet. */
interface WafStagedVerdict {
  readonly ruleIds: readonly string[]
  readonly blocks: boolean
}

/** What the WAF says about one request (and its answer) so far. */
export interface WafVerdict {
  /** 1 is surely an attack, 99 surely not. */
  readonly score: number
  /** The class that speaks loudest; undefined when nothing matched. */
  readonly class: WafClass | undefined
  /** Score by class, for the classes in which something matched. */
  readonly classScores: Readonly<Partial<Record<WafClass, number>>>
  /** SecLang anomaly sums at the paranoia level in force. */
  readonly inboundAnomaly: number
  readonly outboundAnomaly: number
  readonly matches: readonly WafMatch[]
  /** More rules matched than are kept in `matches`. */
  readonly matchesOmitted: number
  /** Ids of all rules that matched, each once, in order. */
  readonly ruleIds: readonly string[]
  /** Ids of the policy rules whose exceptions took something out. */
  readonly exceptionIds: readonly string[]
  readonly request: WafCoverage
  readonly response: WafCoverage | undefined
  /** What staged rules say; undefined when none are staged. */
  readonly staged: WafStagedVerdict | undefined
  /** True when the CPU budget ran out; `spentMs` is the CPU time used. */
  readonly budgetExceeded: boolean
  readonly spentMs: number
}
