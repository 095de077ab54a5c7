import assert from 'node:assert/strict'
import test from 'node:test'
import * as fc from 'fast-check'
import { compilePredicate } from '#rules'
import type { ParameterSource } from '../parts/parameters.ts'
import { RequestParts } from '../parts/request-parts.ts'
import { VALUE_DETECTORS } from './detector-table.ts'
import { type CompiledRule, GatedProgram, parseRule } from './rule-program.ts'
import { RuleSubject, SUBJECT_READERS } from './rule-subject.ts'
import { MANAGED_RULES } from './rules/index.ts'
import type { Sample } from './sample.ts'
import { sampleRequest } from './sample-request.ts'
import { VALUE_MASK, valueMask } from './value-mask.ts'

const VALUE_RULES = MANAGED_RULES.map(parseRule).filter(({ scope }) => scope === 'value')
const program = new GatedProgram(VALUE_RULES, 'waf.value')
const subject = new RuleSubject(new RequestParts(sampleRequest({}).request))
const predicates = VALUE_RULES.map((rule) => ({
  id: rule.rule.id,
  holds: compilePredicate(rule.expression, { readers: SUBJECT_READERS, lists: new Map() }),
}))

const SOURCES: readonly ParameterSource[] = ['query', 'json', 'header', 'path', 'name', 'cookie']

/** Values of all samples of all rules, also cut and joined: what is nearly a match. */
const SAMPLE_TEXTS: readonly string[] = MANAGED_RULES.flatMap(({ examples }) =>
  [...examples.attacks, ...examples.benign].flatMap(textsOf),
)

function textsOf(sample: Sample): readonly string[] {
  if (typeof sample === 'string') return [sample]
  return [sample.target ?? '', sample.body ?? '', ...(sample.headers ?? [])].filter((text) => text !== '')
}

function compare(source: ParameterSource, name: string, text: string): void {
  subject.value.moveTo(source, name, text, false)
  const gated: string[] = []
  program.match(text, subject, ({ rule }: CompiledRule) => gated.push(rule.id))
  const asked = predicates.filter(({ holds }) => holds(subject)).map(({ id }) => id)
  assert.deepEqual(gated.sort(), asked.sort(), JSON.stringify(text))
}

test('gates never lose a match: what they leave out does not match when it is asked', () => {
  for (const text of SAMPLE_TEXTS) {
    for (const source of SOURCES) compare(source, 'user-agent', text)
    compare('query', 'cmd', text.toUpperCase())
  }
})

test('the same for random pieces of samples', () => {
  const piece = fc.tuple(fc.constantFrom(...SAMPLE_TEXTS), fc.nat(), fc.nat())
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 3 }), fc.constantFrom(...SOURCES), (pieces, source) => {
      const text = pieces.map(([sample, from, length]) =>
        sample.slice(from % sample.length).slice(0, 1 + (length % 60)),
      )
      compare(source, 'q', text.join(''))
    }),
    { numRuns: 400, seed: 17 },
  )
})

test('no detector finds anything in a text without the bytes that it says it needs', () => {
  const plain = fc.string({ unit: fc.constantFrom(...'abcXYZ019 ._-'), maxLength: 60 })
  fc.assert(
    fc.property(plain, fc.constantFrom(...VALUE_DETECTORS), (text, detector) => {
      if ((valueMask(text) & detector.needs) !== 0) return
      const { confidence } = detector.detect(text) ?? {}
      // What a whole value says by itself is weak at most.
      assert.ok(confidence === undefined || confidence === 'weak', `${detector.name}: ${text}`)
    }),
    { numRuns: 300, seed: 5 },
  )
  assert.equal(valueMask('abc-DEF_123.'), VALUE_MASK.operator | VALUE_MASK.digit)
})
