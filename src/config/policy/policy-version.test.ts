import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parsePolicy } from './parse-policy.ts'
import { archivedSources } from './policy-sources.ts'

const TEXT = `phase: firewall_custom
rules:
  - { id: a, when: ip.src in $office, action: { block: { status: 451, body: no } } }
  - { id: b, when: ip.src in $bad, action: log, expires: 2099-01-01 }
---
lists: { office: [10.0.0.0/8], bad: { type: ip, file: bad.txt } }
`
const BAD = '192.0.2.1\n192.0.2.2\n'

function versionOf(text: string, bad: string = BAD, more: readonly (readonly [string, string])[] = []): string {
  const sources = archivedSources(new Map([['p.yaml', text], ['bad.txt', bad], ...more]))
  return parsePolicy(sources, { siteNames: undefined, nowMs: 0 }).policy.version
}

const VERSION = versionOf(TEXT)

test('the version is 16 hexadecimal digits', () => assert.match(VERSION, /^[0-9a-f]{16}$/))

const [RULES, LISTS] = TEXT.split('---\n')

const SAME: readonly (readonly [why: string, text: string])[] = [
  ['again', TEXT],
  ['comments', `# why\n${TEXT.replace('rules:', 'rules: # these')}`],
  [
    'layout',
    TEXT.replace(
      '{ id: b, when: ip.src in $bad, action: log, expires: 2099-01-01 }',
      'id: b\n    when: ip.src in $bad\n    action: log\n    expires: "2099-01-01"',
    ),
  ],
  ['the order of keys', TEXT.replace('status: 451, body: no', 'body: no, status: 451')],
  ['the order of documents', `${LISTS}---\n${RULES}`],
  ['defaults written out', TEXT.replace('action: log,', 'action: log, enabled: true, mode: enforce,')],
]

for (const [why, text] of SAME) test(`the version stays: ${why}`, () => assert.equal(versionOf(text), VERSION))

test('the version stays: another file holds a part', () => {
  assert.equal(versionOf(RULES, BAD, [['q.yaml', LISTS]]), VERSION)
})

const OTHER: readonly (readonly [why: string, text: string])[] = [
  ['expression', TEXT.replace('ip.src in $bad', 'not ip.src in $bad')],
  ['action', TEXT.replace('451', '452')],
  ['id', TEXT.replace('id: b', 'id: c')],
  ['expiry', TEXT.replace('2099-01-01', '2099-01-02')],
  ['mode', TEXT.replace('action: log,', 'action: log, mode: log,')],
  ['enabled', TEXT.replace('action: log,', 'action: log, enabled: false,')],
  ['inline list', TEXT.replace('10.0.0.0/8', '10.0.0.0/9')],
  ['phase', TEXT.replace('firewall_custom', 'route').replace('{ block: { status: 451, body: no } }', 'log')],
  ['order of rules', TEXT.replace(/( {2}- .*\n)( {2}- .*\n)/, '$2$1')],
]

test('the version changes with whatever decides', () => {
  const versions = [
    VERSION,
    ...OTHER.map(([, text]) => versionOf(text)),
    versionOf(TEXT, '192.0.2.1\n'),
    versionOf(TEXT, `${BAD}192.0.2.3\n`),
  ]
  assert.equal(new Set(versions).size, versions.length)
})
