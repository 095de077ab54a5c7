import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import test, { type TestContext } from 'node:test'
import { startHttpOrigin } from './testing/origins.ts'
import { type CommandResult, runTidegate, startTidegate, temporaryFolder } from './testing/tidegate-process.ts'

interface Tally {
  readonly group: string
  readonly requests: number
  readonly stopped: number
  readonly logged: number
  readonly passed: number
  readonly failed: number
}

interface TestedRequest {
  readonly id: string
  readonly treatment: string
  readonly ruleId?: string | number
  readonly why: string
  readonly findings: readonly { readonly ruleId: string | number; readonly variable?: string }[]
}

interface TestAnswer {
  readonly ok: boolean
  readonly misses: readonly string[]
  readonly tests: readonly {
    readonly subject: string
    readonly settings: string
    readonly detection: number | null
    readonly falsePositives: number | null
    readonly attacks: readonly Tally[]
    readonly harmless: readonly Tally[]
    readonly missed: readonly TestedRequest[]
    readonly wronglyBlocked: readonly TestedRequest[]
    readonly blocked?: readonly TestedRequest[]
    readonly passed?: readonly TestedRequest[]
  }[]
}

const OWN_RULES = `SecComponentSignature "own/1.0"
# What this rule
# is for.
SecRule ARGS "@contains sesame" "id:100,phase:2,deny,status:403,log,msg:'The word sesame',tag:'attack-generic',tag:'paranoia-level/2',\\
    severity:CRITICAL"
SecAction "id:101,phase:1,nolog,pass"
`

/** A folder with a configuration; sites and policy are YAML. */
function configured(t: TestContext, sites: string, policy = ''): string {
  const home = temporaryFolder(t)
  mkdirSync(path.join(home, 'policy'))
  mkdirSync(path.join(home, 'own-rules'))
  writeFileSync(path.join(home, 'own-rules', 'own.conf'), OWN_RULES)
  writeFileSync(path.join(home, 'policy', 'edge.yaml'), policy)
  const edge = `  listeners: ["127.0.0.1:8080"]\n  waf: { ruleSets: { crs: own-rules } }\n  sites:\n${sites}`
  writeFileSync(path.join(home, 'tidegate.yaml'), `edge:\n${edge}`)
  return home
}

const ORIGIN = 'origins: ["http://127.0.0.1:9000"]'
const BLOCKING = `    - { name: shop, hosts: [shop.example], ${ORIGIN}, waf: { mode: block } }\n`

async function waf(home: string, ...args: readonly string[]): Promise<CommandResult> {
  return runTidegate(['waf', ...args, '--config', path.join(home, 'tidegate.yaml')], {}, '', home)
}

async function wafTest(home: string, ...args: readonly string[]): Promise<TestAnswer> {
  const { stdout, stderr } = await waf(home, 'test', '--json', ...args)
  assert.notEqual(stdout, '', stderr)
  return JSON.parse(stdout) as TestAnswer
}

function sumOf(tallies: readonly Tally[], read: (tally: Tally) => number): number {
  return tallies.reduce((sum, tally) => sum + read(tally), 0)
}

test('a configuration is attacked class by class, and harmless requests pass it', async (t) => {
  const home = configured(t, BLOCKING)
  const { tests } = await wafTest(home)
  const [{ subject, settings, detection, falsePositives, attacks, harmless, missed, wronglyBlocked }] = tests
  assert.deepEqual([tests.length, subject, settings], [1, 'site shop', 'mode block, rules tidegate'])
  assert.ok(attacks.length >= 11 && sumOf(attacks, ({ requests }) => requests) > 1500)
  assert.ok(detection !== null && detection > 97, String(detection))
  assert.equal(
    missed.length,
    sumOf(attacks, ({ passed }) => passed),
  )
  assert.deepEqual(
    harmless.map(({ group }) => group),
    ['ordinary', 'hard'],
  )
  assert.equal(harmless[0].stopped, 0)
  assert.ok(falsePositives !== null && falsePositives < 1.5, String(falsePositives))
  assert.equal(
    wronglyBlocked.length,
    sumOf(harmless, ({ stopped }) => stopped),
  )
  for (const { why, findings } of wronglyBlocked) assert.ok(why !== '' && findings.length > 0)
})

test('the policy counts: its rules, its exceptions, and what a mode lets pass', async (t) => {
  const sites = `${BLOCKING}    - { name: trial, hosts: ["*"], ${ORIGIN}, waf: { mode: log } }
    - { name: open, hosts: ["*.open.example"], ${ORIGIN}, waf: { mode: off } }\n`
  const policy = `phase: firewall_custom
rules:
  - { id: no-forms, when: 'http.request.method == "POST" and http.host == "shop.example"', action: block }
---
phase: firewall_managed
rules:
  - { id: no-sqli, when: 'http.host == "shop.example"', action: { waf_exception: { rules: ["class:sqli"] } } }
`
  const home = configured(t, sites, policy)
  const answer = await wafTest(home, '--class', 'sqli', 'xss', '--show', 'blocked')
  const [shop, trial, open] = answer.tests
  assert.deepEqual([shop.subject, trial.subject, open.subject], ['site shop', 'site trial', 'site open'])
  const [sqli, xss] = shop.attacks
  assert.deepEqual([sqli.group, xss.group], ['sqli', 'xss'])
  assert.equal(xss.passed + xss.logged, 0)
  assert.ok(sqli.passed > sqli.stopped, 'the exception lets them pass')
  assert.ok(shop.wronglyBlocked.some(({ ruleId, why }) => ruleId === 'no-forms' && why.includes('no-forms')))
  assert.equal(
    sumOf(trial.attacks, ({ stopped }) => stopped),
    0,
  )
  assert.ok(sumOf(trial.attacks, ({ logged }) => logged) > 700)
  assert.ok((trial.blocked?.length ?? 0) >= sumOf(trial.attacks, ({ logged }) => logged))
  assert.equal(open.detection, 0)
  assert.deepEqual(
    (await wafTest(home, '--site', 'open', '--corpus', 'ordinary')).tests.map(({ subject }) => subject),
    ['site open'],
  )
})

test('thresholds decide about the exit code', async (t) => {
  const home = configured(t, `    - { name: app, hosts: ["*"], ${ORIGIN}, waf: { mode: block, rules: [crs] } }\n`)
  const missed = await waf(home, 'test', '--class', 'xss', '--min-detection', '95', '--limit', '3')
  assert.equal(missed.exitCode, 1)
  assert.match(missed.stderr, /^site app: 0\.00 % of the attacks are detected, wanted are 95 %$/m)
  assert.match(
    missed.stdout,
    /^attacks that pass: \d+\nREQUEST +SCORE +RULE +IN +WHY +SENT\n(?:attack-xss.*\n){3}and \d+ more/m,
  )
  const met = await waf(home, 'test', '--corpus', 'benign', '--max-false-positives', '0')
  assert.deepEqual([met.exitCode, met.stderr], [0, ''])
  assert.match(met.stdout, /^ordinary +400 +0 +0\.0 % +400$/m)
  const unknown = await waf(home, 'test', '--site', 'nobody')
  assert.equal(unknown.exitCode, 2)
  assert.match(unknown.stderr, /there is no site "nobody"\n {2}Sites of the configuration: app\./)
  assert.equal((await waf(home, 'test', '--corpus', 'attack', '--class', 'leak')).exitCode, 1)
  assert.equal((await waf(home, 'test', '--min-detection', '101')).exitCode, 2)
})

test('a running edge treats the corpus as the test in the process says', async (t) => {
  const home = temporaryFolder(t)
  const origin = await startHttpOrigin(t, (request, response) =>
    request.resume().on('end', () => response.writeHead(404).end()),
  )
  const tidegate = await startTidegate(t, {
    home,
    env: { WAF_TOKEN: 'the secret of the test client' },
    edge: `  workers: 1
  testTokenEnv: WAF_TOKEN
  sites:
    - { name: app, hosts: ["*"], origins: [${origin.url}], waf: { mode: block } }
`,
  })
  const inside = await wafTest(home)
  const args = ['waf', 'test', '--json', '--site', 'app', '--url', tidegate.origin, '--token-env', 'WAF_TOKEN']
  const { stdout, stderr } = await runTidegate([...args, '--config', path.join(home, 'tidegate.yaml')], {
    WAF_TOKEN: 'the secret of the test client',
  })
  assert.match(stderr, /lets pass reaches the application/)
  const [outside] = (JSON.parse(stdout) as TestAnswer).tests
  assert.deepEqual(outside.attacks, inside.tests[0].attacks)
  assert.deepEqual(outside.harmless, inside.tests[0].harmless)
  const idsOf = (tested: readonly TestedRequest[]): string[] => tested.map(({ id }) => id)
  assert.deepEqual(idsOf(outside.missed), idsOf(inside.tests[0].missed))
  for (const { findings } of outside.wronglyBlocked)
    assert.ok(findings.length > 0, 'the header says which rules matched')

  const noSecret = await runTidegate(['waf', 'test', '--url', tidegate.origin, '--token-env', 'NO_SUCH_VARIABLE'])
  assert.equal(noSecret.exitCode, 2)
  await tidegate.stop()
  const nobody = await runTidegate(['waf', 'test', '--url', tidegate.origin])
  assert.equal(nobody.exitCode, 3)
})

test('rules are listed with class, level and place, and shown in full', async (t) => {
  const home = configured(
    t,
    `    - { name: app, hosts: ["*"], ${ORIGIN}, waf: { mode: block, rules: [tidegate, crs] } }\n`,
  )
  const listed = await waf(home, 'rules', 'sesame')
  assert.match(listed.stdout, /^100 +crs +exploit +PL2 +\/.*own\.conf:4 +The word sesame$/m)
  assert.match(listed.stderr, /^not shown: 1 SecLang rules/)
  const own = JSON.parse((await waf(home, 'rules', '--class', 'sqli', '--json')).stdout) as {
    id: string
    ruleSet: string
    class: string
  }[]
  assert.ok(own.length > 5)
  for (const rule of own) assert.deepEqual([rule.ruleSet, rule.class], ['tidegate', 'sqli'])

  const shown = await waf(home, 'rule', '100')
  assert.match(
    shown.stdout,
    /^100 crs, class exploit, paranoia 2, phase 2, CRITICAL\nThe word sesame\n\/.*own\.conf:4\n\nWhat this rule\nis for\.\n\nSecRule ARGS [^]*\n {4}severity:CRITICAL"\n/,
  )
  assert.match(shown.stdout, /in force\n {2}app: no, its paranoia level is 1\n$/)
  const named = JSON.parse((await waf(home, 'rule', 'sqli-union', '--json')).stdout) as {
    when: string
    examples: { matches: string[] }
    sites: unknown[]
  }
  assert.match(named.when, /waf\.value\.sqli/)
  assert.ok(named.examples.matches.length > 0)
  assert.deepEqual(named.sites, [{ site: 'app', inForce: true, mode: 'block' }])
  const near = await waf(home, 'rule', 'sqli-unoin')
  assert.deepEqual([near.exitCode, /Did you mean sqli-union\?/.test(near.stderr)], [1, true])
  assert.equal((await waf(home, 'rules', 'no rule has this text')).exitCode, 1)
})
