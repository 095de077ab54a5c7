import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { TidegateError } from '#kernel'
import { readArchive } from './archive.ts'
import { packArchive } from './testing/rule-archive.ts'

const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString()

test('files of an archive stand below its one top folder', async () => {
  const files = await readArchive(packArchive({ 'rules/a.conf': 'one', 'rules/b.data': 'two' }))
  assert.deepEqual([...files.keys()].sort(), ['rules/a.conf', 'rules/b.data'])
  assert.equal(text(files.get('rules/a.conf')), 'one')
})

test('an archive may come without gzip, and with names of any length', async () => {
  const long = `${'folder-with-a-long-name/'.repeat(8)}${'n'.repeat(120)}.conf`
  const files = await readArchive(gunzipSync(packArchive({ [long]: 'text' })))
  assert.equal(text(files.get(long)), 'text')
})

test('a path that leads outside is refused', async () => {
  const archive = gunzipSync(packArchive({ 'rules/aa/aaa.conf': 'text' }, 'top'))
  // The path is written over in place, and the checksum of the header made right again.
  const at = archive.indexOf('top/rules/aa/aaa.conf') & ~511
  archive.write('../../../../aaa.conf\0', at, 'latin1')
  archive.fill(0x20, at + 148, at + 156)
  const sum = archive.subarray(at, at + 512).reduce((total, byte) => total + byte, 0)
  archive.write(`${sum.toString(8).padStart(6, '0')}\0 `, at + 148, 'latin1')
  await assert.rejects(readArchive(archive), /outside of its folder/)
})

test('damaged archives are refused with a reason', async () => {
  const archive = packArchive({ 'rules/a.conf': 'SecRuleEngine On\n'.repeat(200) })
  const damaged = fc.oneof(
    fc.uint8Array({ maxLength: 2000 }),
    fc.nat(archive.length - 1).map((length) => archive.slice(0, length)),
    fc.tuple(fc.nat(archive.length - 1), fc.nat(255)).map(([at, byte]) => archive.with(at, byte)),
  )
  await fc.assert(
    fc.asyncProperty(damaged, async (bytes) => {
      try {
        await readArchive(bytes)
      } catch (error) {
        assert.ok(error instanceof TidegateError && error.code === 'ERR_ARCHIVE_INVALID', String(error))
      }
    }),
    { numRuns: 200 },
  )
})
