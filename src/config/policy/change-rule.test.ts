import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import type { Config } from '../config.ts'
import { parseConfig } from '../load-config.ts'
import { changeRule, type RuleChange } from './change-rule.ts'
import { loadPolicy } from './load-policy.ts'

let home = ''
let config: Config
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'tidegate-change-'))
  const text =
    'edge: { listeners: [{ address: ":0" }], sites: [{ name: a, hosts: ["*"], origins: ["http://a.test"] }] }\n'
  config = parseConfig(text, join(home, 'tidegate.yaml'))
  mkdirSync(config.policyDirectory)
})
afterEach(() => rmSync(home, { recursive: true }))

/** Applies a change to a file; returns its new text. */
function changed(text: string, id: string, change: RuleChange): string {
  const file = join(config.policyDirectory, 'rules.yaml')
  writeFileSync(file, text)
  const { version } = changeRule(config, id, change)
  assert.equal(loadPolicy(config.policyDirectory, { config }).policy.version, version)
  return readFileSync(file, 'utf8')
}

const BLOCK = `# All rules.
phase: firewall_custom
rules:
  - id: a # the first
    when: ssl
    action: block
    mode: log # for now
    expires: 2030-01-01
  - { id: b, when: 'http.host == "b"', action: block, mode: log, expires: 2030-01-01 }
  # The last.
  - when: not ssl
    id: c
    action: log
---
phase: route
rules: [{ id: d, mode: log, when: ssl, action: log }, { id: e, when: ssl, action: log }]
`

const CASES: readonly (readonly [id: string, change: RuleChange, from: string, to: string])[] = [
  ['a', { mode: 'enforce' }, '    mode: log # for now\n', ''],
  ['a', { expires: '2031-02-03T00:00:00Z' }, 'expires: 2030-01-01\n', 'expires: 2031-02-03T00:00:00Z\n'],
  ['a', { expires: null }, '    expires: 2030-01-01\n', ''],
  ['b', { mode: 'enforce' }, ', mode: log', ''],
  ['b', { mode: 'enforce', expires: null }, ', mode: log, expires: 2030-01-01', ''],
  ['c', { mode: 'log' }, 'when: not ssl\n', 'when: not ssl\n    mode: log\n'],
  ['c', { expires: '2030-05-05' }, 'when: not ssl\n', 'when: not ssl\n    expires: 2030-05-05\n'],
  ['d', { mode: 'enforce' }, ', mode: log, when', ', when'],
  ['e', { mode: 'log' }, 'id: e', 'id: e, mode: log'],
  ['d', { remove: true }, '{ id: d, mode: log, when: ssl, action: log }, ', ''],
  ['e', { remove: true }, ', { id: e, when: ssl, action: log }', ''],
  ['c', { remove: true }, '  - when: not ssl\n    id: c\n    action: log\n', ''],
  [
    'b',
    { remove: true },
    `  - { id: b, when: 'http.host == "b"', action: block, mode: log, expires: 2030-01-01 }\n`,
    '',
  ],
]

test('one rule changes, and every other byte stays', () => {
  for (const [id, change, from, to] of CASES) {
    const at =
      from.startsWith('{ id: d') || from.startsWith(', mode: log, when') ? BLOCK.lastIndexOf(from) : BLOCK.indexOf(from)
    assert.ok(at >= 0, from)
    const expected = BLOCK.slice(0, at) + to + BLOCK.slice(at + from.length)
    assert.equal(changed(BLOCK, id, change), expected, `${id} ${JSON.stringify(change)}`)
  }
})

test('a rule that no file has is named', () => {
  writeFileSync(join(config.policyDirectory, 'rules.yaml'), BLOCK)
  assert.throws(() => changeRule(config, 'nobody', { mode: 'log' }), {
    code: 'ERR_NOT_FOUND',
    message: /a rule nobody/,
  })
})

test('nothing is written when the policy would not be valid', () => {
  const file = join(config.policyDirectory, 'rules.yaml')
  writeFileSync(file, BLOCK)
  assert.throws(() => changeRule(config, 'a', { expires: 'soon' }), { code: 'ERR_POLICY_INVALID' })
  assert.equal(readFileSync(file, 'utf8'), BLOCK)
})
