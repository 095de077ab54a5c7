import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { WAF_CLASSES, type WafSettings } from '#detect'
import { effectOf, read } from './testing/actions.ts'
import { changedWafSettings } from './waf-changes.ts'

const SETTINGS: WafSettings = {
  mode: 'block',
  ruleSets: ['tidegate'],
  paranoia: 1,
  inboundThreshold: 5,
  outboundThreshold: 4,
  sensitivity: Object.fromEntries(WAF_CLASSES.map((name) => [name, 'medium'])) as WafSettings['sensitivity'],
  bodyLimitBytes: 1,
  responseBodyLimitBytes: 1,
  budgetMs: 1,
  onBudget: 'closed',
}

const waf = (parameters: unknown) => effectOf('waf', parameters, 'firewall_managed')

describe('waf', () => {
  it('changes what is given and leaves the rest', () => {
    const cases: readonly [parameters: unknown, changes: Partial<WafSettings>][] = [
      [{ mode: 'off' }, { mode: 'off' }],
      [
        { rules: ['tidegate', 'crs'], paranoia: 4 },
        { ruleSets: ['tidegate', 'crs'], paranoia: 4 },
      ],
      [
        { inboundThreshold: 20, outboundThreshold: 30 },
        { inboundThreshold: 20, outboundThreshold: 30 },
      ],
      [
        { bodyLimit: '2MiB', responseBodyLimit: '0B' },
        { bodyLimitBytes: 2_097_152, responseBodyLimitBytes: 0 },
      ],
      [
        { budget: '1.5s', onBudget: 'open' },
        { budgetMs: 1500, onBudget: 'open' },
      ],
      [{ sensitivity: { sqli: 'high' } }, { sensitivity: { ...SETTINGS.sensitivity, sqli: 'high' } }],
    ]
    for (const [parameters, changes] of cases) {
      assert.deepEqual(changedWafSettings(SETTINGS, waf(parameters)), { ...SETTINGS, ...changes })
    }
    const low = changedWafSettings(SETTINGS, waf({ sensitivity: 'low' })).sensitivity
    assert.ok(WAF_CLASSES.every((name) => low[name] === 'low'))
  })

  it('gives the same settings for the same rule, so that what is made of them serves again', () => {
    const action = waf({ paranoia: 2 })
    assert.equal(changedWafSettings(SETTINGS, action), changedWafSettings(SETTINGS, action))
    assert.notEqual(changedWafSettings(SETTINGS, action), changedWafSettings(SETTINGS, waf({ paranoia: 2 })))
  })

  it('says what is wrong, and where', () => {
    const cases: readonly [parameters: unknown, path: readonly (string | number)[], message: RegExp][] = [
      [{}, [], /nothing to change/],
      [{ mode: 'on' }, ['mode'], /off/],
      [{ rules: ['owasp'] }, ['rules', 0], /crs/],
      [{ paranoia: 5 }, ['paranoia'], /4/],
      [{ sensitivity: { sql: 'low' } }, ['sensitivity', 'sql'], /classes are sqli/],
      [{ sensitivity: 'hi' }, ['sensitivity'], /expected off, low/],
      [{ bodyLimit: '1GiB' }, ['bodyLimit'], /from 0B to 64MiB/],
      [{ budget: '5' }, ['budget'], /with its unit/],
    ]
    for (const [parameters, path, message] of cases) {
      const built = read({ waf: parameters }, 'firewall_managed')
      assert.ok(!built.ok, JSON.stringify(parameters))
      assert.match(built.message, message)
      assert.deepEqual(built.path, ['waf', ...path])
    }
  })
})

describe('waf_exception', () => {
  it('takes ids, ranges, names, classes and tags, and variables of every kind', () => {
    const rules = [942100, '942000-942999', 'sqli-union', 'sqli-*', 'class:sqli', 'tag:attack-sqli', '*']
    const parameters = ['ARGS:comment', 'REQUEST_COOKIES:/^_ga/', 'REQUEST_HEADERS:User-Agent', 'q', 'größe']
    const effect = effectOf('waf_exception', { rules, parameters }, 'firewall_managed')
    assert.deepEqual(effect.rules, rules.map(String))
    assert.deepEqual(effect.parameters, [...parameters.slice(0, -1), 'gr\xc3\xb6\xc3\x9fe'])
    assert.deepEqual(effectOf('waf_exception', { rules: [1] }, 'firewall_managed').parameters, [])
  })

  it('says what is wrong, and where', () => {
    const cases: readonly [parameters: unknown, path: readonly (string | number)[], message: RegExp][] = [
      [{ rules: [] }, ['rules'], /name the rules/],
      [{ rules: [942100, 'SQLi'] }, ['rules', 1], /expected an id/],
      [{ rules: ['9-1'] }, ['rules', 0], /is empty/],
      [{ rules: [1], parameters: ['ARGS:a', ''] }, ['parameters', 1], /expected a variable/],
      [{ rules: [1], parameters: ['ARGS:/(/'] }, ['parameters', 0], /no regular expression/],
      [{ rule: [1] }, ['rules'], /expected/],
    ]
    for (const [parameters, path, message] of cases) {
      const built = read({ waf_exception: parameters }, 'firewall_managed')
      assert.ok(!built.ok, JSON.stringify(parameters))
      assert.match(built.message, message)
      assert.deepEqual(built.path, ['waf_exception', ...path])
    }
  })
})
