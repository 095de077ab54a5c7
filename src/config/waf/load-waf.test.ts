import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { WAF_CLASSES } from '#detect'
import { TidegateError } from '#kernel'
import { parseConfig } from '../load-config.ts'
import { loadPolicy } from '../policy/load-policy.ts'
import { InvalidFilesError } from '../source/problem.ts'
import { findCrs } from './find-crs.ts'
import { loadWaf } from './load-waf.ts'

const directory = mkdtempSync(join(tmpdir(), 'tidegate-waf-config-'))
after(() => rmSync(directory, { recursive: true }))
const { publicKey, privateKey } = generateKeyPairSync('x25519')
writeFileSync(join(directory, 'payload.pub'), publicKey.export({ type: 'spki', format: 'pem' }))
writeFileSync(join(directory, 'payload.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }))
writeRule('first', 'sesame')

function writeRule(folder: string, word: string): void {
  mkdirSync(join(directory, folder), { recursive: true })
  writeFileSync(
    join(directory, folder, 'own.conf'),
    `SecComponentSignature "own/1.0"\nSecRule ARGS "@contains ${word}" "id:100,phase:2,deny,msg:'x'"\n`,
  )
}

function parse(siteWaf: string, edgeWaf = '', name = 'tidegate.yaml') {
  const site = `{ name: shop, hosts: ["*"], origins: [http://a], waf: ${siteWaf} }`
  return parseConfig(
    `policy: ./policy\nedge:\n  listeners: [127.0.0.1:1]\n  waf: { ${edgeWaf} }\n  sites:\n    - ${site}\n`,
    join(directory, name),
  )
}

const RULES = 'ruleSets: { crs: ./first }'
const NO_RULES = loadPolicy(join(directory, 'policy')).policy

/** Loads a policy with one rule of the phase firewall_managed. */
function policyWith(action: string) {
  mkdirSync(join(directory, 'policy'), { recursive: true })
  const rules = `  - { id: tune, when: ssl, action: ${action} }`
  writeFileSync(join(directory, 'policy', 'edge.yaml'), `phase: firewall_managed\nrules:\n${rules}\n`)
  return loadPolicy(join(directory, 'policy')).policy
}

test('a site that says nothing logs with the built-in rules', () => {
  assert.deepEqual(parse('').edge.sites[0].waf, {
    mode: 'log',
    ruleSets: ['tidegate'],
    paranoia: 1,
    inboundThreshold: 5,
    outboundThreshold: 4,
    sensitivity: Object.fromEntries(WAF_CLASSES.map((name) => [name, 'medium'])),
    bodyLimitBytes: 1_048_576,
    responseBodyLimitBytes: 131_072,
    budgetMs: 250,
    onBudget: 'closed',
  })
})

test('every setting of a site, and of the edge', () => {
  const config = parse(
    '{ mode: block, rules: [crs, tidegate, crs], paranoia: 3, inboundThreshold: 7, outboundThreshold: 8, sensitivity: { sqli: high, scanner: off }, bodyLimit: 64KiB, responseBodyLimit: 0B, budget: 1s, onBudget: open }',
    `${RULES}, setup: ./first/own.conf, payloadKey: payload.pub`,
  )
  const { sensitivity, ...rest } = config.edge.sites[0].waf
  assert.deepEqual([sensitivity.sqli, sensitivity.scanner, sensitivity.xss], ['high', 'off', 'medium'])
  assert.deepEqual(rest, {
    mode: 'block',
    ruleSets: ['crs', 'tidegate'],
    paranoia: 3,
    inboundThreshold: 7,
    outboundThreshold: 8,
    bodyLimitBytes: 65_536,
    responseBodyLimitBytes: 0,
    budgetMs: 1000,
    onBudget: 'open',
  })
  assert.deepEqual(config.edge.waf, {
    ruleSets: { crs: join(directory, 'first') },
    setupFile: join(directory, 'first', 'own.conf'),
    payloadKeyFile: join(directory, 'payload.pub'),
  })
})

const FAULTS: readonly [siteWaf: string, edgeWaf: string, message: RegExp][] = [
  ['{ mode: on }', '', /6:\d+: edge\.sites\[0\]\.waf\.mode: expected off or log or block, got "on"$/],
  ['{ rules: [owasp] }', '', /6:\d+: edge\.sites\[0\]\.waf\.rules\[0\]: expected tidegate or crs, got "owasp"/],
  ['{ sensitivity: hi }', '', /waf\.sensitivity: expected off, low, medium, high, or a mapping of classes/],
  [
    '{ sensitivity: { sqly: low } }',
    '',
    /expected classes of attacks, not `sqly`, got a mapping; did you mean `sqli`\?/,
  ],
  ['{ sensitivity: { sqli: full } }', '', /expected off, low, medium, high for sqli/],
  ['{ bodyLimit: 1GiB }', '', /waf\.bodyLimit: expected a size from 0B to 64MiB, got "1GiB"/],
  ['{ paranoya: 1 }', '', /unknown key `paranoya` in edge\.sites\[0\]\.waf; did you mean `paranoia`\?/],
  ['', 'ruleSets: { crs: ./nowhere }', /4:27: edge\.waf\.ruleSets\.crs: .*nowhere does not exist/],
  ['', 'setup: ./nowhere.conf', /4:1\d: edge\.waf\.setup: cannot read .*nowhere\.conf: no such file/],
  ['', 'payloadKey: payload.pem', /payloadKey: .*payload\.pem holds a private key/],
  ['{ rules: [] }', '', /waf\.rules: expected at least 1 element/],
  ['', 'payloadKey: ./first/own.conf', /4:\d+: edge\.waf\.payloadKey: .*own\.conf: this is no public key in PEM/],
]

for (const [siteWaf, edgeWaf, message] of FAULTS) {
  test(`a fault is named with its place: ${siteWaf} ${edgeWaf}`, () => {
    assert.throws(
      () => parse(siteWaf, edgeWaf),
      (error) => error instanceof InvalidFilesError && message.test(error.message),
    )
  })
}

test('rules are looked for in the configuration, in the data folder, and in the system', () => {
  assert.equal(findCrs(parse('', RULES))?.directory, join(directory, 'first'))
  const system = findCrs(parse(''))
  assert.equal(system?.directory, existsSync('/usr/share/modsecurity-crs') ? '/usr/share/modsecurity-crs' : undefined)
  const installed = join(directory, 'data', 'waf', 'crs', 'current')
  mkdirSync(installed, { recursive: true })
  assert.equal(findCrs(parse(''))?.directory, installed)
  rmSync(join(directory, 'data'), { recursive: true })
})

test('SecLang rules are only read when somebody asks for them, and described', () => {
  assert.equal(loadWaf(parse('{ mode: block }', RULES), NO_RULES).crs, undefined)
  assert.equal(loadWaf(parse('{ mode: off, rules: [crs] }', RULES), NO_RULES).crs, undefined)
  const asked = policyWith('{ waf: { rules: [crs] } }')
  assert.equal(loadWaf(parse('{ mode: block }', RULES), asked).crs?.ruleCount, 1)
  const { crs, files } = loadWaf(parse('{ rules: [crs] }', RULES), NO_RULES)
  assert.deepEqual([crs?.signatures, crs?.ruleCount, crs?.source], [['own/1.0'], 1, 'edge.waf.ruleSets.crs'])
  assert.deepEqual(files, [join(directory, 'first')])
})

test('what did not change is kept, and every change shows in the digest', () => {
  const config = parse('{ rules: [crs] }', RULES)
  const one = loadWaf(config, NO_RULES)
  const same = loadWaf(config, NO_RULES, { before: one })
  assert.equal(same.digest, one.digest)
  assert.equal(same.tables.compiled, one.tables.compiled)
  const settings = loadWaf(parse('{ rules: [crs], mode: block }', RULES), NO_RULES, { before: one })
  assert.notEqual(settings.digest, one.digest)
  assert.equal(settings.tables.compiled, one.tables.compiled, 'the mode needs no compiling')
  const key = loadWaf(parse('{ rules: [crs] }', `${RULES}, payloadKey: payload.pub`), NO_RULES, { before: one })
  assert.notEqual(key.digest, one.digest)
  writeRule('first', 'other')
  const rules = loadWaf(config, NO_RULES, { before: one })
  assert.notEqual(rules.digest, one.digest)
  assert.notEqual(rules.tables.compiled, one.tables.compiled)
})

test('a fault of a rule file is named with its own place', () => {
  mkdirSync(join(directory, 'faulty'))
  writeFileSync(join(directory, 'faulty', 'a.conf'), '# one\nSecRule ARGS "@contians x" "id:1,phase:2,deny"\n')
  assert.throws(
    () => loadWaf(parse('{ rules: [crs] }', 'ruleSets: { crs: ./faulty }'), NO_RULES),
    (error) => error instanceof TidegateError && /a\.conf:2:\d+: .*contians/.test(error.message),
  )
})

test('an exception for a rule that there is not deserves a word', () => {
  const rules =
    '[100, 50-150, "class:sqli", "sqli-*", sqli-tautology, "tag:any", "*", 99, 1-50, sql-tautology, "class:sql"]'
  const policy = policyWith(`{ waf_exception: { rules: ${rules} } }`)
  const { warnings } = loadWaf(parse('{ rules: [crs, tidegate] }', RULES), policy)
  assert.deepEqual(
    warnings.map(({ message }) => /`(.*)`/.exec(message)?.[1]),
    ['99', '1-50', 'sql-tautology', 'class:sql'],
  )
  assert.equal(warnings[0].place.line, 3)
})
