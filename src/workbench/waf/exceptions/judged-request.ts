import type { WafClass, WafRuleSet } from '#detect'

/** A logged request that the WAF blocks, or would in mode `block`, as far as its event tells. Texts are readable, not bytes. */
export interface JudgedRequest {
  readonly ray: string
  /** RFC 3339. */
  readonly time: string
  /** How many requests it stands for: under load the log is sampled. */
  readonly weight: number
  /** Undefined where the event does not hold them as they were. */
  readonly host: string | undefined
  readonly method: string | undefined
  readonly path: string | undefined
  readonly client: string | undefined
  /** `waf.score` and `waf.class`. */
  readonly score: number
  readonly class: string | undefined
  readonly matches: readonly JudgedMatch[]
  /** More rules matched than the event holds. */
  readonly isCut: boolean
  /** It was stopped before all of its body was inspected: what stands there may block it as well. */
  readonly isBodyUnseen: boolean
  /** The rule that decided. */
  readonly decidedBy: string | undefined
  /** Sums of SecLang scores and from where on they block; undefined where no SecLang rules judge. */
  readonly inbound: AnomalySum | undefined
  readonly outbound: AnomalySum | undefined
}

export interface AnomalySum {
  readonly sum: number
  readonly threshold: number
}

export interface JudgedMatch {
  readonly ruleSet: WafRuleSet
  readonly ruleId: string
  readonly class: WafClass
  readonly score: number
  /** SecLang phase: 1 and 2 request, 3 and 4 answer. */
  readonly phase: number
  /** Such as `ARGS:q`. */
  readonly variable: string
}
