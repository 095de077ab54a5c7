import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import test, { type TestContext } from 'node:test'
import { packArchive, smallRelease } from '../../src/workbench/waf/update/testing/rule-archive.ts'
import { startHttpOrigin } from './testing/origins.ts'
import { type CommandResult, startTidegate, type TidegateProcess, temporaryFolder } from './testing/tidegate-process.ts'

interface Packed {
  readonly file: string
  readonly sha256: string
}

function pack(home: string, version: string, words: string): Packed {
  const archive = packArchive(smallRelease(version, words))
  const file = path.join(home, `rules-${version}.tar.gz`)
  mkdirSync(home, { recursive: true })
  writeFileSync(file, archive)
  return { file, sha256: createHash('sha256').update(archive).digest('hex') }
}

async function start(t: TestContext, home: string, mode: string): Promise<TidegateProcess> {
  const origin = await startHttpOrigin(t, (request, response) => {
    request.resume()
    response.end('ok')
  })
  return startTidegate(t, {
    home,
    edge: `  workers: 2
  sites:
    - { name: shop, hosts: ["*"], origins: [${origin.url}], waf: { mode: ${mode}, rules: [crs], responseBodyLimit: 0B } }
`,
  })
}

function update(tidegate: TidegateProcess, { file, sha256 }: Packed, ...more: string[]): Promise<CommandResult> {
  return tidegate.command('waf', 'update', '--from', file, '--sha256', sha256, ...more)
}

test('a release is staged beside the rules in force, promoted and rolled back while requests run', async (t) => {
  const home = temporaryFolder(t)
  const first = pack(home, '9.1.0', 'evil')
  const second = pack(home, '9.2.0', 'evil|wicked')
  const prepared = await start(t, home, 'off')
  const activated = await update(prepared, first, '--activate')
  assert.equal(activated.exitCode, 0, activated.stderr)
  await prepared.stop()

  const tidegate = await start(t, home, 'block')
  const get = (word: string): Promise<Response> => fetch(`${tidegate.origin}/?q=${word}`)
  const statuses = async (): Promise<number[]> =>
    Promise.all(['good', 'evil', 'wicked'].map(async (word) => (await get(word)).status))
  assert.deepEqual(await statuses(), [200, 403, 200])

  const staged = await update(tidegate, second)
  assert.equal(staged.exitCode, 0, staged.stderr)
  assert.match(staged.stdout, /changed +1\n +901 PL1 Bad word \(operator\)/)
  assert.match(staged.stdout, /staged: it is recorded and blocks nothing; the running server uses it now/)
  assert.deepEqual(await statuses(), [200, 403, 200])
  const judged = await get('wicked')
  const event = await tidegate.event(judged.headers.get('tidegate-ray') ?? '')
  assert.deepEqual(
    ['waf.verdict', 'waf.staged.rule_ids', 'waf.staged.blocks'].map((field) => event.facts[field]),
    ['pass', [901], true],
  )
  const found = await tidegate.events('waf.staged.blocks and waf.verdict eq "pass"', 1)
  assert.equal(found[0].decision.verdict, 'allow')

  let running = true
  const load = (async () => {
    while (running) assert.equal((await get('good')).status, 200)
  })()
  assert.match((await tidegate.command('waf', 'promote')).stdout, /active: 9\.2\.0/)
  assert.deepEqual(await statuses(), [200, 403, 403])
  assert.match((await tidegate.command('waf', 'status')).stdout, /9\.2\.0 .*active\n?/)
  assert.match((await tidegate.command('waf', 'rollback')).stdout, /active: 9\.1\.0/)
  assert.deepEqual(await statuses(), [200, 403, 200])
  running = false
  await load
})

test('an archive with another digest, or with a rule that cannot be read, changes nothing', async (t) => {
  const home = temporaryFolder(t)
  const { file, sha256 } = pack(home, '9.1.0', 'evil')
  const tidegate = await start(t, home, 'off')
  const wrong = await update(tidegate, { file, sha256: '0'.repeat(64) })
  assert.notEqual(wrong.exitCode, 0)
  assert.match(wrong.stderr, new RegExp(`has the SHA-256 ${sha256}`))
  const broken = packArchive({ 'rules/a.conf': 'SecRule ARGS "@nothing x" "id:1"\n' })
  writeFileSync(file, broken)
  const refused = await update(tidegate, { file, sha256: createHash('sha256').update(broken).digest('hex') })
  assert.notEqual(refused.exitCode, 0)
  assert.match(refused.stderr, /a\.conf:1:\d+: .*nothing/)
  assert.match((await tidegate.command('waf', 'status', '--json')).stdout, /"releases": \[\]/)
})
