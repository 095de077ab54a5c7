/** What became of a request of a corpus. */
export type Treatment =
  /** A rule of the WAF or of the policy stopped it. */
  | 'blocked'
  /** It is no request that the edge takes: the reason is the protocol, not a rule. */
  | 'refused'
  /** A rule of the policy sent the client elsewhere. */
  | 'redirected'
  /** The WAF would have blocked it; its mode, or a rule of the policy, lets it pass. */
  | 'logged'
  | 'passed'
  /** It could not be found out. */
  | 'failed'

/** Treatments after which the application has not seen the request. */
export const STOPPED: ReadonlySet<Treatment> = new Set(['blocked', 'refused', 'redirected'])

/** What became of one request, and why. */
export interface Outcome {
  readonly treatment: Treatment
  /** Status that the client gets; undefined when the application answers. */
  readonly status: number | undefined
  /** The rule that decided, of the WAF or of the policy. */
  readonly ruleId: string | undefined
  readonly why: string
  /** `waf.score`; undefined where the WAF did not look. */
  readonly score: number | undefined
  /** What the rules of the WAF found, as far as it counts. */
  readonly findings: readonly Finding[]
}

/** A rule of the WAF that matched; where and how much it counts are unknown of an edge that was asked over the network. */
interface Finding {
  readonly ruleId: string
  /** Such as `ARGS:q`. */
  readonly variable?: string
  readonly score?: number
}

/** Says what becomes of requests. */
export interface Judge {
  judge(bytes: Uint8Array): Outcome | Promise<Outcome>
  close(): void
}
