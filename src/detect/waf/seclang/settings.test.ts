import assert from 'node:assert/strict'
import test from 'node:test'
import { SETTINGS } from './setting-table.ts'
import { readText } from './testing/read-text.ts'

test('directives of the engine are kept with their place, the last word counts', () => {
  const { engine } = readText(`SecRequestBodyLimit 1000
SecResponseBodyMimeType text/plain
secRequestBodyLimit 2000
SecResponseBodyMimeType text/html text/xml
SecArgumentSeparator "&"`)
  assert.deepEqual(
    [...engine].map(([name, { value, place }]) => [name, value, place.line]),
    [
      ['secrequestbodylimit', '2000', 3],
      ['secresponsebodymimetype', 'text/plain text/html text/xml', 4],
      ['secargumentseparator', '&', 5],
    ],
  )
})

test('a list can be cleared', () => {
  const { engine } = readText(`SecResponseBodyMimeType text/plain
SecResponseBodyMimeTypesClear
SecResponseBodyMimeType text/css`)
  assert.equal(engine.get('secresponsebodymimetype')?.value, 'text/css')
})

test('every directive is honoured, or says why it changes nothing, or why it is refused', () => {
  for (const { name, meaningless, refused } of SETTINGS.values()) {
    assert.ok(name.startsWith('Sec'))
    assert.ok(meaningless === undefined || refused === undefined, name)
  }
  const { engine, warnings } = readText(
    'SecAuditLogParts ABIJDEFHZ\nSecTmpDir /tmp/\nSecUnicodeMapFile unicode.mapping 20127',
  )
  assert.deepEqual([engine.size, warnings.length], [0, 0])
})
