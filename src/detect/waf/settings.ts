/** Kinds of attack that the WAF tells apart, in the order in which they are shown. */
export const WAF_CLASSES = [
  'sqli',
  'xss',
  'rce',
  'template',
  'traversal',
  'ssrf',
  'exploit',
  'scanner',
  'protocol',
  'upload',
  'session',
  'leak',
] as const

export type WafClass = (typeof WAF_CLASSES)[number]

/** `crs` is whatever SecLang directory is configured under that name; `tidegate` is built in. */
export type WafRuleSet = 'tidegate' | 'crs'

export type WafMode = 'off' | 'log' | 'block'

/** How eagerly our own rules of a class judge: each level includes the rules of the levels before it. */
export type WafSensitivity = 'off' | 'low' | 'medium' | 'high'

/** How one request is judged: the settings of its site, changed by the `waf` actions that matched. Plain data. */
export interface WafSettings {
  readonly mode: WafMode
  readonly ruleSets: readonly WafRuleSet[]
  /** 1 to 4: which SecLang rules add to the score. */
  readonly paranoia: number
  /** Sum of inbound SecLang scores from which a request is blocked. */
  readonly inboundThreshold: number
  readonly outboundThreshold: number
  /** Sensitivity of our own rules by class. */
  readonly sensitivity: Readonly<Record<WafClass, WafSensitivity>>
  /** Request body that is held and parsed; what follows is inspected in windows while it streams. */
  readonly bodyLimitBytes: number
  /** Inspect answers as well, with as much of their bodies. 0 leaves bodies of answers alone. */
  readonly responseBodyLimitBytes: number
  /** CPU time for one request, and what happens when it is used up. */
  readonly budgetMs: number
  readonly onBudget: 'open' | 'closed'
}

/**
 * Takes rules, or some variables from rules, out of the judgement of one request.
 * Without `parameters` the rules are off; with them, those rules do not look at those variables.
 */
export interface WafException {
  /** Id of the policy rule that makes the exception: the event names it. */
  readonly id: string
  /** SecLang ids (`942100`), ranges (`942000-942999`), our names (`sqli-union`), `class:sqli`, `tag:attack-sqli`, or `*`. */
  readonly rules: readonly string[]
  /** `ARGS:comment`, `REQUEST_COOKIES:/^_ga/`, `REQUEST_HEADERS:User-Agent`, or a bare argument name. */
  readonly parameters: readonly string[]
}
