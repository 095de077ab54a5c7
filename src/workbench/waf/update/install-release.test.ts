import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { loadSecRules } from '#detect'
import { digestOfArchive } from './archive.ts'
import { installRelease, type InstallReport } from './install-release.ts'
import { ReleaseStore } from './releases.ts'
import { packArchive, smallRelease } from './testing/rule-archive.ts'

function emptyStore(context: TestContext): ReleaseStore {
  const folder = mkdtempSync(join(tmpdir(), 'tidegate-releases-'))
  context.after(() => rmSync(folder, { recursive: true, force: true }))
  return new ReleaseStore(join(folder, 'crs'))
}

function install(store: ReleaseStore, files: Record<string, string>, sha256?: string): Promise<InstallReport> {
  const archive = packArchive(files)
  const { active } = store.read()
  return installRelease(
    store,
    {
      archive,
      from: 'test.tar.gz',
      sha256: sha256 ?? digestOfArchive(archive),
      inForce: active === undefined ? undefined : loadSecRules({ directory: store.folderOf(active) }),
      onProgress: () => {},
    },
    true,
  )
}

test('a release is checked by its own tests and kept without what is not needed', async (context) => {
  const store = emptyStore(context)
  const report = await install(store, smallRelease('9.1.0', 'evil'))
  assert.equal(report.release.version, '9.1.0')
  assert.equal(report.ruleCount, 2)
  assert.deepEqual(report.regression, { total: 2, passed: 2, failures: [] })
  assert.deepEqual(
    report.difference.added.map(({ id }) => id),
    [901, 902],
  )
  const folder = store.folderOf(report.release.name)
  assert.deepEqual(readdirSync(folder).sort(), ['crs-setup.conf.example', 'rules', 'tests'])
  assert.deepEqual(store.read().active, undefined)
})

test('what its tests do not confirm is reported', async (context) => {
  const { regression } = await install(emptyStore(context), smallRelease('9.1.0', 'harmless'))
  assert.deepEqual(regression.failures, [{ id: '901-1', reasons: ['missing 901'] }])
})

test('another digest, or a rule that cannot be read, leaves everything as it was', async (context) => {
  const store = emptyStore(context)
  await assert.rejects(
    install(store, smallRelease('9.1.0', 'evil'), '0'.repeat(64)),
    /has the SHA-256 [0-9a-f]{64}, not 0+/,
  )
  const broken = { ...smallRelease('9.1.0', 'evil'), 'rules/Z.conf': 'SecRule ARGS "@nonsense x" "id:903"\n' }
  await assert.rejects(install(store, broken), /nonsense/)
  assert.deepEqual(store.read(), { releases: [] })
  assert.deepEqual(readdirSync(store.directory), [])
})

test('releases are staged, promoted and rolled back, and the links follow', async (context) => {
  const store = emptyStore(context)
  const first = (await install(store, smallRelease('9.1.0', 'evil'))).release.name
  store.promote(first)
  const report = await install(store, smallRelease('9.2.0', 'evil|wicked'))
  assert.deepEqual(
    report.difference.changed.map(({ id, changes }) => [id, changes]),
    [[901, ['operator']]],
  )
  const second = report.release.name
  store.stage(second)
  const rules = (link: string): string =>
    readFileSync(join(store.directory, link, 'rules/REQUEST-901-TEST.conf'), 'latin1')
  assert.match(rules('current'), /9\.1\.0/)
  assert.match(rules('staged'), /9\.2\.0/)

  assert.equal(store.promote().name, second)
  assert.deepEqual([store.read().active, store.read().staged, store.read().previous], [second, undefined, first])
  assert.match(rules('current'), /9\.2\.0/)
  assert.ok(!readdirSync(store.directory).includes('staged'))

  assert.deepEqual(
    [store.rollback()].map(({ removed, active }) => [removed.name, active?.name]),
    [[second, first]],
  )
  assert.match(rules('current'), /9\.1\.0/)
})

test('a rollback takes a staged release away first', async (context) => {
  const store = emptyStore(context)
  const { name } = (await install(store, smallRelease('9.1.0', 'evil'))).release
  store.stage(name)
  assert.equal(store.rollback().removed.name, name)
  assert.throws(() => store.rollback(), /no release to roll back from/)
  assert.throws(() => store.promote(), /no release to promote/)
})

test('without an earlier release a rollback leaves the rules to the system', async (context) => {
  const store = emptyStore(context)
  const { name } = (await install(store, smallRelease('9.1.0', 'evil'))).release
  store.promote(name)
  assert.equal(store.rollback().active, undefined)
  assert.ok(!readdirSync(store.directory).includes('current'))
  assert.equal(store.promote(name).name, name)
})

test('old releases that nobody needs are removed', async (context) => {
  const store = emptyStore(context)
  const names: string[] = []
  for (let minor = 0; minor < 8; minor++) {
    const { name } = (await install(store, smallRelease(`9.${minor}.0`, `evil${'x?'.repeat(minor)}`))).release
    store.promote(name)
    names.push(name)
  }
  const kept = store.read().releases.map(({ name }) => name)
  assert.equal(kept.length, 5)
  assert.deepEqual(kept, names.slice(-5))
  assert.deepEqual(
    readdirSync(store.directory)
      .filter((name) => name.startsWith('9.'))
      .sort(),
    kept,
  )
})
