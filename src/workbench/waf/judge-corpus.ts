import {
  createManagedRules,
  type ManagedRules,
  RequestParts,
  sampleRequest,
  type WafMatch,
  type WafSettings,
} from '#detect'
import type { CorpusRequest } from './corpus-request.ts'

/** What the rules said about one request of a corpus. */
export interface CorpusVerdict {
  readonly request: CorpusRequest
  readonly blocked: boolean
  readonly matches: readonly WafMatch[]
}

const never = (): boolean => false

/** Judges requests by our own rules, in process and without a clock: the same corpus gives the same verdicts. */
export class CorpusJudge {
  readonly #rules: ManagedRules = createManagedRules()
  readonly #settings: WafSettings

  constructor(settings: WafSettings) {
    this.#settings = settings
  }

  judge(request: CorpusRequest): CorpusVerdict {
    const sample = sampleRequest(request.sample)
    const parts = new RequestParts(sample.request)
    const inspection = this.#rules.inspection(parts, this.#settings, [], never)
    inspection.head()
    parts.setBody(sample.body)
    inspection.body()
    return { request, blocked: inspection.interruption !== undefined, matches: inspection.matches }
  }
}

/** One line that says why a request was blocked: rule, finding, variable and the bytes with some around them. */
export function reasonOf({ request, matches }: CorpusVerdict): string {
  const [first] = matches
  if (first === undefined) return `${request.id}: nothing matched`
  const bytes = first.value.slice(Math.max(0, first.matchOffset - CONTEXT_BYTES), first.matchOffset + SHOWN_BYTES)
  const rule = first.finding === undefined ? first.ruleId : `${first.ruleId} (${first.finding})`
  return `${request.id} [${request.origin}] ${rule} ${first.variable}: ${JSON.stringify(bytes)}`
}

const CONTEXT_BYTES = 30
const SHOWN_BYTES = 110
