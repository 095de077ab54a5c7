import { WAF_CLASSES, type WafClass, type WafSensitivity, type WafSettings } from '#detect'
import { attackCorpus, benignCorpus, CorpusJudge, type CorpusKind, type CorpusRequest, reasonOf } from '#workbench'

/** Sizes of the corpus that is measured: more than 20,000 benign requests. */
const SIZE = { ordinary: 14_000, hard: 8_000 }

/** Share of a kind that may be blocked; for attacks the share that must be. */
const GOALS: Readonly<Record<CorpusKind, string>> = {
  ordinary: 'at most 0.02 %',
  hard: 'at most 0.5 %',
  attack: 'at least 97 %',
}

/** The settings of a site that says nothing about its WAF but that it blocks, at one sensitivity. */
function settingsAt(level: WafSensitivity): WafSettings {
  return {
    mode: 'block',
    ruleSets: ['tidegate'],
    paranoia: 1,
    inboundThreshold: 5,
    outboundThreshold: 4,
    sensitivity: Object.fromEntries(WAF_CLASSES.map((name) => [name, level])) as Record<WafClass, WafSensitivity>,
    bodyLimitBytes: 1024 * 1024,
    responseBodyLimitBytes: 0,
    budgetMs: 250,
    onBudget: 'closed',
  }
}

/**
 * Prints each benign request that our own rules block, each attack that they let pass, and the shares. Arguments: a seed
 * (default 7) and a sensitivity (default `medium`).
 */
export function run([seed = '7', level = 'medium']: readonly string[]): void {
  const judge = new CorpusJudge(settingsAt(level as WafSensitivity))
  const corpus: readonly CorpusRequest[] = [...benignCorpus({ ...SIZE, seed: Number(seed) }), ...attackCorpus()]
  const counts = new Map<CorpusKind, { blocked: number; all: number }>()
  for (const request of corpus) {
    const verdict = judge.judge(request)
    const count = counts.get(request.kind) ?? { blocked: 0, all: 0 }
    counts.set(request.kind, count)
    count.all++
    if (verdict.blocked) count.blocked++
    if (verdict.blocked === (request.kind === 'attack')) continue
    process.stdout.write(verdict.blocked ? `blocked ${reasonOf(verdict)}\n` : `passed ${reasonOf(verdict)}\n`)
  }
  for (const [kind, { blocked, all }] of counts) {
    const share = ((100 * blocked) / all).toFixed(3)
    process.stdout.write(`${kind}: ${blocked} of ${all} blocked, ${share} % (goal: ${GOALS[kind]})\n`)
  }
}
