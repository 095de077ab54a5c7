import assert from 'node:assert/strict'
import test from 'node:test'
import {
  compileWaf,
  createWaf,
  type RequestSample,
  sampleRequest,
  WAF_CLASSES,
  type WafException,
  type WafInspection,
  type WafSettings,
} from '#detect'
import { attackCorpus } from '../attacks/attack-corpus.ts'
import type { JudgedRequest } from './judged-request.ts'
import { suggestExceptions } from './suggest-exception.ts'

const SETTINGS: WafSettings = {
  mode: 'block',
  ruleSets: ['tidegate', 'crs'],
  paranoia: 1,
  inboundThreshold: 5,
  outboundThreshold: 4,
  sensitivity: Object.fromEntries(WAF_CLASSES.map((name) => [name, 'medium'])) as WafSettings['sensitivity'],
  bodyLimitBytes: 1_048_576,
  responseBodyLimitBytes: 0,
  budgetMs: 60_000,
  onBudget: 'closed',
}

/** SecLang rules with scores and a threshold, single and chained, about the names and the values of parameters. */
const SCORED_RULES = `
SecAction "id:1,phase:1,nolog,pass,setvar:tx.inbound_anomaly_score_pl1=0"
SecRule ARGS|REQUEST_COOKIES "@rx [<>'\\"]" "id:201,phase:2,pass,log,msg:'Quotes',tag:'attack-generic',setvar:'tx.inbound_anomaly_score_pl1=+3'"
SecRule ARGS|REQUEST_HEADERS "@rx [(;]" "id:202,phase:2,pass,log,msg:'Calls',tag:'attack-generic',chain"
  SecRule MATCHED_VARS "@rx [)a-z]" "setvar:'tx.inbound_anomaly_score_pl1=+5'"
SecRule TX:inbound_anomaly_score_pl1 "@ge %{tx.inbound_anomaly_score_threshold}" "id:900,phase:2,deny,status:403,log,msg:'Too much'"
`

/** Every so many attacks: the whole corpus takes some seconds. */
const STEP = 4

test('what is proposed for an attack lets it pass: the engines understand what the log says', () => {
  const crs = { before: [{ file: 'scored.conf', text: SCORED_RULES }] }
  const waf = createWaf(compileWaf({ crs, profiles: [SETTINGS] }))
  const inspect = (sample: RequestSample, exceptions: readonly WafException[]): WafInspection => {
    const { request, body } = sampleRequest(sample)
    const inspection = waf.inspect(request, SETTINGS, exceptions)
    inspection.head()
    inspection.body(body)
    inspection.finish()
    return inspection
  }
  let tried = 0
  for (const { id, sample } of attackCorpus().filter((_, index) => index % STEP === 0)) {
    const before = inspect(sample, [])
    if (before.interruption === undefined) continue
    for (const { exceptions, effect } of suggestExceptions([judged(before)], [])) {
      const after = inspect(
        sample,
        exceptions.map((exception, index) => ({ id: `exception-${index}`, ...exception })),
      )
      assert.equal(effect.givenPass, 1, id)
      assert.equal(after.interruption, undefined, `${id} ${JSON.stringify(exceptions)}`)
      tried++
    }
  }
  assert.ok(tried > 500)
})

function judged({ verdict, interruption }: WafInspection): JudgedRequest {
  const { score, class: kind, matches, inboundAnomaly } = verdict
  const route = { host: 'shop.test', method: 'GET', path: '/', client: undefined }
  const inbound = { sum: inboundAnomaly, threshold: SETTINGS.inboundThreshold }
  const head = { ray: '', time: '', weight: 1, isCut: false, isBodyUnseen: false, outbound: undefined }
  return { ...head, ...route, score, class: kind, matches, decidedBy: interruption?.ruleId, inbound }
}
