import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { PolicyArchive } from './archive.ts'
import { type LoadedPolicy, parsePolicy } from './parse-policy.ts'
import { archivedSources } from './policy-sources.ts'

let directory = ''
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tidegate-archive-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

const LIST = '192.0.2.1\n'

function policy(id: string): LoadedPolicy {
  const text = `lists: { bad: { type: ip, file: ../bad.txt } }\n---\nphase: route\nrules: [{ id: ${id}, when: ip.src in $bad, action: { route: { site: gone } } }]`
  return parsePolicy(
    archivedSources(
      new Map([
        ['p.yaml', text],
        ['../bad.txt', LIST],
      ]),
    ),
    { siteNames: undefined, nowMs: 0 },
  )
}

test('a version is read again from its sources, lists included, whatever the sites are now', () => {
  const loaded = policy('one')
  new PolicyArchive(directory).keep(loaded, 5)
  const read = new PolicyArchive(directory).read(loaded.policy.version)
  assert.deepEqual(read, loaded.policy)
  assert.deepEqual(new PolicyArchive(directory).versions(), [{ version: loaded.policy.version, lastUsedMs: 5 }])
})

test('what was never kept, is no version, or was damaged is undefined', () => {
  const archive = new PolicyArchive(directory)
  assert.deepEqual(archive.versions(), [])
  for (const version of ['0123456789abcdef', '', '../../etc/passwd', 'x'.repeat(16)])
    assert.equal(archive.read(version), undefined)
  const loaded = policy('one')
  archive.keep(loaded)
  const files = join(directory, 'files')
  for (const name of readdirSync(files)) writeFileSync(join(files, name), 'damaged')
  assert.equal(archive.read(loaded.policy.version), undefined)
  writeFileSync(join(directory, 'versions', `${loaded.policy.version}.json`), '{')
  assert.equal(archive.read(loaded.policy.version), undefined)
  assert.deepEqual(archive.versions(), [])
})

test('equal files are stored once, and the versions used last are kept', () => {
  const archive = new PolicyArchive(directory, 2)
  const [one, two, three] = ['one', 'two', 'three'].map(policy)
  archive.keep(one, 1)
  archive.keep(two, 2)
  assert.equal(readdirSync(join(directory, 'files')).length, 3, 'two policies and one list')
  archive.keep(one, 3)
  archive.keep(three, 4)
  assert.deepEqual(
    archive.versions().map(({ version }) => version),
    [three.policy.version, one.policy.version],
  )
  assert.equal(archive.read(two.policy.version), undefined)
  assert.ok(archive.read(one.policy.version))
  assert.equal(readdirSync(join(directory, 'files')).length, 3, 'the file of the version that went is gone')
})

test('an archive that cannot be written says so', () => {
  const file = join(directory, 'file')
  writeFileSync(file, '')
  assert.throws(() => new PolicyArchive(join(file, 'below')).keep(policy('one')), {
    code: 'ERR_DATA_DIRECTORY',
    message: /cannot archive policy version/,
  })
})
