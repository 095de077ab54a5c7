import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { parseConfig } from '../load-config.ts'
import { appendRules } from './append-rules.ts'
import { loadPolicy } from './load-policy.ts'

let home = ''
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'tidegate-append-'))
})
afterEach(() => rmSync(home, { recursive: true }))

const CONFIG =
  'edge: { listeners: [{ address: ":0" }], sites: [{ name: a, hosts: ["*"], origins: ["http://a.test"] }] }\n'

function config() {
  return parseConfig(CONFIG, join(home, 'tidegate.yaml'))
}

const NEW = {
  id: 'new',
  description: 'It was a "false" positive: see above # really',
  when: 'http.request.uri.path == "/a"',
  action: { waf_exception: { rules: [942_100], parameters: ['ARGS:q'] } },
}

function append(text: string | undefined, rule: object = NEW): string {
  const { policyDirectory } = config()
  const file = join(policyDirectory, 'waf.yaml')
  if (text !== undefined) {
    appendRules(config(), file, { phase: 'firewall_managed', rules: [{ ...NEW, id: 'first' }] })
    writeFileSync(file, text)
  }
  appendRules(config(), file, { phase: 'firewall_managed', rules: [rule] })
  const { policy } = loadPolicy(policyDirectory, { config: config() })
  const ids = policy.rulesets.find(({ phase }) => phase === 'firewall_managed')?.rules.map(({ id }) => id)
  assert.equal(ids?.at(-1), 'new')
  return readFileSync(file, 'utf8')
}

const RULE = '- { id: old, when: ssl, action: { waf: { mode: log } } }'

const KEPT: readonly (readonly [why: string, text: string])[] = [
  ['an empty file', ''],
  ['a file of comments', '# nothing yet\n'],
  ['another phase', 'phase: route\nrules:\n  - { id: r, when: ssl, action: log } # why\n'],
  ['a file without a last line end', `phase: firewall_managed\nrules:\n  ${RULE}`],
  ['rules without indentation', `phase: firewall_managed\nrules:\n${RULE} # why\n`],
  ['rules in one line', `phase: firewall_managed\nrules: [${RULE.slice(2)}]\n`],
  [
    'a folded description at the end',
    `phase: firewall_managed\nrules:\n  - id: old\n    when: ssl\n    action: { waf: { mode: log } }\n    description: |\n      Two\n      lines.\n`,
  ],
  [
    'several documents',
    `phase: firewall_managed\nrules:\n   ${RULE}\n# between\n---\n# the lists\nlists: { office: [10.0.0.0/8] }\n`,
  ],
]

for (const [why, text] of KEPT) {
  test(`what stood there stays: ${why}`, () => {
    const after = append(text)
    const [start] = after.split(/ *(?:phase: firewall_managed\nrules:\n *)?- id: new\n/)
    const kept = start.replace(/---\n$/, '')
    assert.ok(text.startsWith(kept.trimEnd()), after)
    assert.ok(after.endsWith(text.slice(kept.length)), after)
  })
}

test('rules join those of their phase, in the same layout', () => {
  const text = `phase: firewall_managed\nrules:\n    ${RULE} # why\n---\nlists: { office: [10.0.0.0/8] }\n`
  assert.match(append(text), /# why\n {4}- id: new\n {6}description: [^]*\n {12}- ARGS:q\n---\nlists/)
})

test('a new file is made, an existing one keeps its mode', () => {
  append(undefined)
  const file = join(config().policyDirectory, 'waf.yaml')
  chmodSync(file, 0o640)
  appendRules(config(), file, { phase: 'firewall_managed', rules: [{ ...NEW, id: 'second' }] })
  assert.equal(statSync(file).mode & 0o777, 0o640)
})

test('what would not be valid is not written', () => {
  const file = join(config().policyDirectory, 'waf.yaml')
  append(undefined)
  const before = readFileSync(file, 'utf8')
  const add = (rule: object) => () => appendRules(config(), file, { phase: 'firewall_managed', rules: [rule] })
  assert.throws(add(NEW), { code: 'ERR_POLICY_INVALID', message: /another rule has this id already/ })
  assert.throws(add({ ...NEW, id: 'x', when: 'http.hots == "a"' }), { code: 'ERR_POLICY_INVALID' })
  assert.equal(readFileSync(file, 'utf8'), before)
})

test('only a file of the policy folder can be written', () => {
  for (const name of ['../elsewhere.yaml', 'deep/waf.yaml', '.hidden.yaml', 'waf.txt', '..']) {
    const file = join(config().policyDirectory, name)
    assert.throws(() => appendRules(config(), file, { phase: 'firewall_managed', rules: [NEW] }), { code: 'ERR_USAGE' })
    assert.ok(name === '..' || !existsSync(file))
  }
})
