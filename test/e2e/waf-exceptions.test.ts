import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import test, { type TestContext } from 'node:test'
import { startHttpOrigin } from './testing/origins.ts'
import { eventually, startTidegate, type TidegateProcess, temporaryFolder } from './testing/tidegate-process.ts'

/** SecLang rules with scores and a threshold, as the Core Rule Set has them. */
const SCORED_RULES = `SecComponentSignature "scored/1.0"
SecAction "id:1,phase:1,nolog,pass,setvar:tx.inbound_anomaly_score_pl1=0"
SecRule ARGS "@contains tide" "id:201,phase:2,block,log,msg:'The word tide',t:lowercase,tag:'attack-generic',severity:CRITICAL,setvar:'tx.inbound_anomaly_score_pl1=+5'"
SecRule ARGS "@contains gate" "id:202,phase:2,block,log,msg:'The word gate',t:lowercase,tag:'attack-generic',severity:WARNING,setvar:'tx.inbound_anomaly_score_pl1=+3'"
SecRule TX:inbound_anomaly_score_pl1 "@ge %{tx.inbound_anomaly_score_threshold}" "id:900,phase:2,deny,status:403,log,msg:'Too much'"
`

const QUOTE = "' or '1'='1"
const SCRIPT = '<script>alert(1)</script>'

/** Tidegate in block mode in front of an application that takes everything. */
async function start(t: TestContext): Promise<TidegateProcess> {
  const home = temporaryFolder(t)
  const origin = await startHttpOrigin(t, (request, response) =>
    request.resume().on('end', () => response.end('taken')),
  )
  mkdirSync(path.join(home, 'own-rules'))
  writeFileSync(path.join(home, 'own-rules', 'own.conf'), SCORED_RULES)
  return startTidegate(t, {
    home,
    policy: { 'edge.yaml': '# Mine.\nphase: route\nrules: []\n' },
    edge: `  waf: { ruleSets: { crs: own-rules } }
  sites:
    - { name: shop, hosts: ["*"], origins: [${origin.url}], waf: { mode: block, rules: [tidegate, crs] } }
`,
  })
}

interface Sent {
  readonly status: number
  readonly ray: string
}

async function post(tidegate: TidegateProcess, target: string, form: Readonly<Record<string, string>>): Promise<Sent> {
  const response = await fetch(`${tidegate.origin}${target}`, { method: 'POST', body: new URLSearchParams(form) })
  await response.text()
  return { status: response.status, ray: response.headers.get('tidegate-ray') ?? '' }
}

interface Proposal {
  readonly when: string
  readonly exceptions: readonly {
    readonly rules: readonly (string | number)[]
    readonly parameters: readonly string[]
  }[]
  readonly effect: {
    readonly givenPass: number
    readonly benign: number
    readonly malicious: number
    readonly stillBlocked: number
    readonly samples: readonly {
      readonly looks: string
      readonly why?: string
      readonly request: { readonly ray: string }
    }[]
  }
}

async function propose(tidegate: TidegateProcess, ...args: readonly string[]): Promise<readonly Proposal[]> {
  const { exitCode, stdout, stderr } = await tidegate.command('waf', 'suggest-exception', ...args, '--json')
  assert.equal(exitCode, 0, stderr)
  return (JSON.parse(stdout) as { alternatives: readonly Proposal[] }).alternatives
}

test('an exception for two false positives covers their parameter on their route, and lets nothing else pass', async (t) => {
  const tidegate = await start(t)
  const given = [
    await post(tidegate, '/orders/17/notes', { note: QUOTE }),
    await post(tidegate, '/orders/18/notes', { note: `the text ${QUOTE}` }),
  ]
  const similar = await post(tidegate, '/orders/19/notes', { note: QUOTE })
  const elsewhere = await post(tidegate, '/search', { note: QUOTE })
  const mixed = await post(tidegate, '/orders/20/notes', { note: QUOTE, title: SCRIPT })
  for (const { status } of [...given, similar, elsewhere, mixed]) assert.equal(status, 403)
  await tidegate.events('waf.verdict == "block"', 5)

  const proposals = await propose(tidegate, ...given.map(({ ray }) => ray))
  const [narrowest, ...wider] = proposals
  assert.equal(
    narrowest.when,
    'http.host == "127.0.0.1" and http.request.method == "POST" and http.request.uri.path matches r"^/orders/[0-9]+/notes$"',
  )
  assert.deepEqual(narrowest.exceptions, [{ rules: ['sqli-tautology'], parameters: ['ARGS:note'] }])
  const { effect } = narrowest
  assert.deepEqual([effect.givenPass, effect.benign, effect.malicious, effect.stillBlocked], [2, 1, 0, 1])
  assert.deepEqual(
    effect.samples.map(({ looks, request }) => [looks, request.ray]),
    [['benign', similar.ray]],
  )
  assert.ok(wider.length > 0)
  assert.ok(
    wider.some((each) => each.effect.benign === 2),
    'a wider one lets the request to the other route pass',
  )

  const file = path.join(tidegate.home, 'policy', 'edge.yaml')
  const written = await tidegate.command(
    'waf',
    'suggest-exception',
    given[0].ray,
    given[1].ray,
    '--write',
    file,
    '--reason',
    'Notes are prose',
  )
  assert.equal(written.exitCode, 0, written.stderr)
  assert.match(
    readFileSync(file, 'utf8'),
    /^# Mine\.\nphase: route\nrules: \[\]\n---\nphase: firewall_managed\nrules:\n/,
  )
  assert.match(readFileSync(file, 'utf8'), /description: Notes are prose \([0-9a-z]{20}, [0-9a-z]{20}\)/)
  await eventually('the exception', async () => {
    const { status } = await post(tidegate, '/orders/21/notes', { note: QUOTE })
    return status === 200 ? true : undefined
  })
  assert.equal((await post(tidegate, '/orders/21/notes', { note: '1 union select null,version(),3' })).status, 403)
  assert.equal((await post(tidegate, '/orders/21/notes', { title: QUOTE })).status, 403)
  assert.equal((await post(tidegate, '/search', { note: QUOTE })).status, 403)
})

test('of scores only as much is taken out as it takes, and what is left makes others suspicious', async (t) => {
  const tidegate = await start(t)
  const given = await post(tidegate, '/pages', { text: 'The Tide' })
  const other = await post(tidegate, '/pages', { text: 'The tide at the gate' })
  assert.deepEqual([given.status, other.status], [403, 403])
  await tidegate.events('waf.verdict == "block"', 2)

  const [narrowest] = await propose(tidegate, given.ray)
  assert.deepEqual(narrowest.exceptions, [{ rules: [201], parameters: ['ARGS:text'] }])
  assert.deepEqual([narrowest.effect.givenPass, narrowest.effect.benign, narrowest.effect.malicious], [1, 0, 1])
  assert.deepEqual(
    narrowest.effect.samples.map(({ looks, why, request }) => [looks, why, request.ray]),
    [['malicious', '202 matched as well', other.ray]],
  )
  const both = await propose(tidegate, given.ray, other.ray)
  assert.deepEqual(
    both.map(({ exceptions }) => exceptions[0].rules),
    [[201], [201, 202], [201], [201], [201]],
  )

  const shown = await tidegate.command('waf', 'suggest-exception', given.ray)
  assert.match(shown.stdout, /^replayed on 2 requests since 24h/)
  assert.match(shown.stdout, /0 look benign, 1 look malicious; 0 stay blocked\n {5}malicious .*: 202 matched as well/)
  assert.match(
    shown.stdout,
    /waf_exception:\n +rules:\n +- 201\n +parameters:\n +- ARGS:text\n +expires: \d{4}-\d\d-\d\d\n/,
  )
})

test('what needs no exception, or is no request of the log, is said', async (t) => {
  const tidegate = await start(t)
  const passed = await post(tidegate, '/pages', { text: 'nothing' })
  await tidegate.event(passed.ray)
  const needless = await tidegate.command('waf', 'suggest-exception', passed.ray)
  assert.equal(needless.exitCode, 1)
  assert.match(needless.stderr, /needs no exception: the WAF lets it pass/)
  const unknown = await tidegate.command('waf', 'suggest-exception', '00000000000000000000')
  assert.equal(unknown.exitCode, 1)
  const blocked = await post(tidegate, '/pages', { text: 'tide' })
  await tidegate.event(blocked.ray)
  const absent = await tidegate.command('waf', 'suggest-exception', blocked.ray, '--alternative', '9')
  assert.equal(absent.exitCode, 2)
  assert.match(absent.stderr, /there is no alternative 9\n {2}There are \d/)
  assert.doesNotMatch(absent.stderr, /warning/)
  const scan = await fetch(`${tidegate.origin}/pages`, {
    method: 'POST',
    headers: { 'User-Agent': 'sqlmap/1.8' },
    body: new URLSearchParams({ text: 'tide' }),
  })
  const ray = scan.headers.get('tidegate-ray') ?? ''
  await tidegate.event(ray)
  const scanned = await tidegate.command('waf', 'suggest-exception', ray)
  assert.match(scanned.stderr, /^warning: [0-9a-z]{20} was stopped before its body was inspected/)
  const outside = await tidegate.command(
    'waf',
    'suggest-exception',
    blocked.ray,
    '--write',
    path.join(tidegate.home, 'x.yaml'),
  )
  assert.equal(outside.exitCode, 2)
  assert.match(outside.stderr, /is no file of the policy/)
})
