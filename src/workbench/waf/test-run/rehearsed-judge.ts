import { EdgeRehearsal, type Rehearsal } from '#points'
import type { IpAddress } from '#wire'
import type { Judge, Outcome, Treatment } from './treatment.ts'

type RehearsalOptions = ConstructorParameters<typeof EdgeRehearsal>[0]

/**
 * Judges requests in this process, by the whole configuration: what the edge refuses, every phase of the policy before the
 * origin, the WAF with its exceptions.
 */
export class RehearsedJudge implements Judge {
  readonly #edge: EdgeRehearsal
  readonly #from: { readonly client: IpAddress; readonly secure: boolean }

  constructor(options: RehearsalOptions, client: IpAddress) {
    this.#edge = new EdgeRehearsal(options)
    this.#from = { client, secure: options.config.edge.listeners.every(({ tls }) => tls) }
  }

  judge(bytes: Uint8Array): Outcome {
    return outcomeOf(this.#edge.judge({ bytes, ...this.#from }))
  }

  close(): void {
    this.#edge.close()
  }
}

function outcomeOf({ decision, facts }: Rehearsal): Outcome {
  const interruption = facts.waf?.interruption
  const verdict = facts.waf?.verdict
  const treatment = treatmentOf(decision.verdict, interruption !== undefined)
  const isLogged = treatment === 'logged'
  return {
    treatment,
    status: facts.responseStatus,
    ruleId: isLogged ? interruption?.ruleId : decision.ruleId,
    why: isLogged && interruption !== undefined ? interruption.why : decision.why,
    score: verdict?.score,
    findings: (verdict?.matches ?? [])
      .filter(({ score }) => score > 0)
      .map(({ ruleId, variable, score }) => ({ ruleId, variable, score })),
  }
}

const TREATMENT_OF_VERDICT: Readonly<Record<Rehearsal['decision']['verdict'], Treatment>> = {
  allow: 'passed',
  block: 'blocked',
  redirect: 'redirected',
  refuse: 'refused',
  error: 'failed',
}

function treatmentOf(verdict: Rehearsal['decision']['verdict'], wantsBlock: boolean): Treatment {
  const treatment = TREATMENT_OF_VERDICT[verdict]
  return treatment === 'passed' && wantsBlock ? 'logged' : treatment
}
