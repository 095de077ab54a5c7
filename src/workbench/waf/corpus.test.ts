import assert from 'node:assert/strict'
import test from 'node:test'
import { sampleRequest, WAF_CLASSES, type WafClass, type WafSensitivity, type WafSettings } from '#detect'
import { attackCorpus } from './attacks/attack-corpus.ts'
import { benignCorpus, embeddedBenignCorpus } from './benign/benign-corpus.ts'
import type { CorpusRequest } from './corpus-request.ts'
import { CorpusJudge, type CorpusVerdict, reasonOf } from './judge-corpus.ts'

const DEFAULTS: WafSettings = {
  mode: 'block',
  ruleSets: ['tidegate'],
  paranoia: 1,
  inboundThreshold: 5,
  outboundThreshold: 4,
  sensitivity: Object.fromEntries(WAF_CLASSES.map((name) => [name, 'medium'])) as Record<WafClass, WafSensitivity>,
  bodyLimitBytes: 1024 * 1024,
  responseBodyLimitBytes: 0,
  budgetMs: 250,
  onBudget: 'closed',
}

const judge = new CorpusJudge(DEFAULTS)

function verdictsOf(corpus: readonly CorpusRequest[]): readonly CorpusVerdict[] {
  return corpus.map((request) => judge.judge(request))
}

test('corpora have ids of their own and are the same every time', () => {
  const size = { ordinary: 300, hard: 150, seed: 3 }
  const corpora = [attackCorpus(), benignCorpus(size), embeddedBenignCorpus()]
  for (const corpus of corpora) assert.equal(new Set(corpus.map(({ id }) => id)).size, corpus.length)
  assert.deepEqual(benignCorpus(size), corpora[1])
  assert.notDeepEqual(benignCorpus({ ...size, seed: 4 }), corpora[1])
})

test('the attack corpus covers every class of requests', () => {
  const corpus = attackCorpus()
  const distinct = new Set(corpus.map(({ sample }) => JSON.stringify(sample)))
  assert.ok(distinct.size >= 600, String(distinct.size))
  const classes = new Set(corpus.map((request) => request.class))
  for (const name of WAF_CLASSES) assert.equal(classes.has(name), name !== 'leak', name)
})

test('requests are bytes that a client could send', () => {
  for (const { id, sample } of [...attackCorpus(), ...embeddedBenignCorpus()]) {
    const { request, body } = sampleRequest(sample)
    assert.match(request.target, /^\/[\x21-\x7e]*$/, id)
    for (const field of request.fields) assert.doesNotMatch(field, /[\r\n\0\u0100-\uffff]/, id)
    assert.doesNotMatch(sample.body ?? '', /[\u0100-\uffff]/, id)
    assert.equal(body.bytes.length, sample.body?.length ?? 0)
  }
})

test('our own rules find at least 97 % of the attacks', () => {
  const verdicts = verdictsOf(attackCorpus())
  const passed = verdicts.filter(({ blocked }) => !blocked)
  assert.ok(passed.length <= 0.03 * verdicts.length, passed.map(reasonOf).join('\n'))
})

test('our own rules block nothing ordinary, and hardly a text about code', () => {
  const verdicts = verdictsOf(benignCorpus({ ordinary: 3_000, hard: 1_000, seed: 11 }))
  const blocked = verdicts.filter((verdict) => verdict.blocked)
  const ordinary = blocked.filter(({ request }) => request.kind === 'ordinary')
  assert.deepEqual(ordinary.map(reasonOf), [])
  // Pages with whole script elements are refused rightly; how many of them there are depends on what is installed.
  const hard = blocked.filter(({ matches }) => matches.some(({ finding }) => finding !== 'script-element'))
  assert.ok(hard.length <= 10, hard.map(reasonOf).join('\n'))
})
