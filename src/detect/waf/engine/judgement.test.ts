import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { WafException } from '../settings.ts'
import { compileText, Judge, matchingIds, TEST_SETTINGS, type TestRequest } from './testing/judge-request.ts'

const ATTACK: TestRequest = { target: '/?q=evil' }
const DENY = 'SecRule ARGS "@streq evil" "id:1,phase:1,log,deny,status:406,msg:\'no %{MATCHED_VAR}\'"\n'
const AFTER = 'SecRule ARGS "@streq evil" "id:2,phase:1,log,pass"\n'

describe('interruption', () => {
  const judge = (rules: string, mode: 'log' | 'block'): ReturnType<Judge['judge']> => {
    const settings = { ...TEST_SETTINGS, mode }
    return new Judge(compileText(rules, settings), settings).judge(ATTACK)
  }

  it('names status, rule and reason', () => {
    assert.deepEqual(judge(DENY, 'block').interruption, { status: 406, ruleId: '1', why: 'no evil' })
  })

  it('ends the phase in block mode only, so that log mode tells everything', () => {
    assert.deepEqual(judge(DENY + AFTER, 'block').ids, ['1'])
    assert.deepEqual(judge(DENY + AFTER, 'log').ids, ['1', '2'])
    assert.equal(judge(DENY + AFTER, 'log').interruption?.ruleId, '1')
  })

  it('does what the defaults say for block', () => {
    const block = 'SecRule ARGS "@streq evil" "id:1,phase:1,block"\n'
    assert.equal(judge(`SecDefaultAction "phase:1,log,pass"\n${block}`, 'block').interruption, undefined)
    assert.equal(judge(`SecDefaultAction "phase:1,log,deny,status:418"\n${block}`, 'block').interruption?.ruleId, '1')
  })

  it('is left to others in detection-only mode', () => {
    const rules = `SecAction "id:9,phase:1,nolog,pass,ctl:ruleEngine=DetectionOnly"\n${DENY}`
    assert.equal(judge(rules, 'block').interruption, undefined)
  })
})

describe('the site goes before a set-up file', () => {
  const rules =
    'SecAction "id:9,phase:1,nolog,pass,setvar:tx.blocking_paranoia_level=1,setvar:tx.inbound_anomaly_score_threshold=99"\n' +
    'SecRule TX:blocking_paranoia_level "@eq 3" "id:1,phase:1,log,pass"\n' +
    'SecRule TX:inbound_anomaly_score_threshold "@eq 7" "id:2,phase:1,log,pass"\n'

  it('keeps paranoia and thresholds of the settings', () => {
    assert.equal(matchingIds(rules, ATTACK, { ...TEST_SETTINGS, paranoia: 3, inboundThreshold: 7 }), '1 2')
  })
})

describe('explanation', () => {
  const rules =
    `SecRule ARGS|REQUEST_HEADERS "@rx e(vi)l" "id:942001,phase:2,log,block,t:none,t:urlDecodeUni,t:lowercase,capture,` +
    `msg:'found %{TX.1} in %{MATCHED_VAR_NAME}',tag:'attack-sqli',tag:'paranoia-level/2',` +
    `setvar:'tx.sql_score=+1',setvar:'tx.inbound_anomaly_score_pl2=+5'"\n` +
    `SecAction "id:9,phase:2,nolog,pass,setvar:tx.anomaly_score=+%{tx.inbound_anomaly_score_pl2}"\n`
  const { verdict } = new Judge(compileText(rules)).judge({ target: '/?q=a%2520EVIL&r=x' })

  it('shows where and how a rule matched', () => {
    const [match] = verdict.matches
    assert.deepEqual(match, {
      ruleSet: 'crs',
      ruleId: '942001',
      class: 'sqli',
      score: 5,
      phase: 2,
      paranoia: 2,
      message: 'found vi in ARGS:q',
      variable: 'ARGS:q',
      trail: ['urlDecodeUni', 'lowercase'],
      value: 'a evil',
      matchOffset: 2,
      matchLength: 4,
      valueOffset: 0,
    })
  })

  it('adds up what the rules added, once', () => assert.equal(verdict.inboundAnomaly, 5))

  it('shows the part of a long value that matched', () => {
    const long = new Judge(compileText(rules)).judge({ target: `/?q=${'x'.repeat(5000)}evil${'y'.repeat(5000)}` })
    const [match] = long.verdict.matches
    assert.equal(match.value.length, 512)
    assert.equal(match.value.slice(match.matchOffset, match.matchOffset + match.matchLength), 'evil')
    assert.equal(match.valueOffset + match.matchOffset, 5000)
  })

  it('finds what lies across two pieces of a value that is too long for one', () => {
    const many = new Judge(compileText(rules)).judge({
      contentType: 'application/x-www-form-urlencoded',
      body: `q=${'x'.repeat(65_534)}evil${'y'.repeat(90_000)}`,
    })
    assert.equal(many.verdict.matches[0].valueOffset + many.verdict.matches[0].matchOffset, 65_534)
  })

  it('keeps a bounded number of matches and counts the others', () => {
    const target = `/?${Array.from({ length: 100 }, (_, index) => `a${index}=evil`).join('&')}`
    const many = new Judge(compileText(rules)).judge({ target }).verdict
    assert.equal(many.matches.length, 64)
    assert.equal(many.matchesOmitted, 36)
    assert.deepEqual(many.ruleIds, ['942001'])
  })

  it('tells the parameter, not the variable of the rules, for a chain', () => {
    const chain =
      'SecRule ARGS "@rx evil" "id:1,phase:2,log,pass,capture,chain,setvar:tx.seen=1"\n' +
      '  SecRule TX:seen "@eq 1" "setvar:tx.inbound_anomaly_score_pl1=+5"\n'
    const [match] = new Judge(compileText(chain)).judge(ATTACK).verdict.matches
    assert.equal(match.variable, 'ARGS:q')
    assert.equal(match.score, 5)
  })
})

describe('exceptions', () => {
  const rules =
    'SecRule ARGS|ARGS_NAMES "@contains evil" "id:942100,phase:2,log,pass,tag:\'attack-sqli\'"\n' +
    'SecRule ARGS "@contains evil" "id:941100,phase:2,log,pass,tag:\'attack-xss\',tag:mine"\n'
  const compiled = compileText(rules)
  const outcome = (exception: Omit<WafException, 'id'>, target = '/?q=evil'): string => {
    const judge = new Judge(compiled, TEST_SETTINGS, [{ id: 'exc', ...exception }])
    const { ids, verdict } = judge.judge({ target })
    return `${ids.join(' ')}|${verdict.exceptionIds.join(' ')}`
  }
  const cases: readonly (readonly [Omit<WafException, 'id'>, string, string])[] = [
    [{ rules: ['942100'], parameters: [] }, '941100|exc', 'a rule by its id'],
    [{ rules: ['942000-942999'], parameters: [] }, '941100|exc', 'a range'],
    [{ rules: ['class:sqli'], parameters: [] }, '941100|exc', 'a class'],
    [{ rules: ['tag:mine'], parameters: [] }, '942100|exc', 'a tag'],
    [{ rules: ['*'], parameters: [] }, '|exc', 'all rules'],
    [{ rules: ['sqli-union'], parameters: [] }, '942100 941100|', 'the name of another set’s rule'],
    [{ rules: ['123'], parameters: [] }, '942100 941100|', 'an id that no rule has'],
    [{ rules: ['942100'], parameters: ['ARGS:q'] }, '941100|exc', 'one parameter of a rule'],
    [{ rules: ['*'], parameters: ['q'] }, '|exc', 'a bare name is an argument'],
    [{ rules: ['*'], parameters: ['ARGS:/^Q$/'] }, '|exc', 'a pattern'],
    [{ rules: ['*'], parameters: ['q*'] }, '|exc', 'a wildcard'],
    [{ rules: ['*'], parameters: ['ARGS:other'] }, '942100 941100|', 'another parameter'],
  ]
  for (const [exception, expected, why] of cases) it(why, () => assert.equal(outcome(exception), expected))

  it('counts as used only when it took something out', () => {
    assert.equal(outcome({ rules: ['*'], parameters: [] }, '/?q=good'), '|')
  })
})

describe('a body that cannot be read to its end', () => {
  const rule = 'SecRule ARGS "@contains evil" "id:1,phase:2,log,pass"\n'
  const bodies: [type: string, body: string][] = [
    ['application/json', '{"a": evil}'],
    ['application/json', '{"a": "good" /* comment */, "b": "evil"}'],
    ['application/json', 'q=evil'],
    ['multipart/form-data', '--x\r\nContent-Disposition: form-data; name="q"\r\n\r\nevil\r\n--x--\r\n'],
  ]
  for (const [contentType, body] of bodies) {
    it(`is an argument from there on: ${contentType}, ${body.slice(0, 20)}`, () => {
      assert.equal(matchingIds(rule, { method: 'POST', target: '/', contentType, body }), '1')
    })
  }
})
