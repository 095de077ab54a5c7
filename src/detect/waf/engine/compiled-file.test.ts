import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { compileWaf, type WafSource } from '../compile.ts'
import { digestOf, readCompiled, writeCompiled } from './compiled-file.ts'
import { Judge, TEST_SETTINGS } from './testing/judge-request.ts'

const directory = mkdtempSync(join(tmpdir(), 'tidegate-compiled-'))
after(() => rmSync(directory, { recursive: true, force: true }))

describe('compiled forms on disk', () => {
  it('come back as they were, with shared buffers shared', () => {
    const buffer = new SharedArrayBuffer(8)
    new Uint8Array(buffer).set([1, 2, 3])
    const value = {
      map: new Map([['a', { buffer, again: buffer, bytes: new Uint8Array([4, 5]) }]]),
      list: [1, undefined],
    }
    writeCompiled(directory, 'one', value)
    const read = readCompiled(directory, 'one') as typeof value
    assert.deepEqual(read, value)
    assert.ok(read.map.get('a')?.buffer instanceof SharedArrayBuffer)
    assert.equal(read.map.get('a')?.buffer, read.map.get('a')?.again)
  })

  it('are made anew when they are missing, cut or changed', () => {
    assert.equal(readCompiled(directory, 'nothing'), undefined)
    writeCompiled(directory, 'two', { text: 'x'.repeat(100) })
    const path = join(directory, 'two.compiled')
    const bytes = readFileSync(path)
    for (const damaged of [bytes.subarray(0, 60), Buffer.alloc(0), Buffer.concat([bytes, bytes])]) {
      writeFileSync(path, damaged)
      assert.equal(readCompiled(directory, 'two'), undefined)
    }
    bytes[70] ^= 1
    writeFileSync(path, bytes)
    assert.equal(readCompiled(directory, 'two'), undefined)
  })

  it('are few', () => {
    for (let index = 0; index < 8; index++) writeCompiled(directory, `n${index}`, index)
    assert.ok(readdirSync(directory).length <= 4)
    assert.equal(readCompiled(directory, 'n7'), 7)
  })

  it('do not matter where nothing can be written', () => {
    assert.doesNotThrow(() => writeCompiled('/dev/null/nowhere', 'x', 1))
  })

  it('keep parts of a digest apart', () => {
    assert.notEqual(digestOf(['ab', 'c']), digestOf(['a', 'bc']))
  })
})

describe('compileWaf', () => {
  const cacheDirectory = join(directory, 'waf')
  const source = (text: string): WafSource => ({
    crs: { before: [{ file: 'test.conf', text }], contentDigest: digestOf([text]) },
    profiles: [TEST_SETTINGS],
    cacheDirectory,
  })
  const rule = (word: string): string => `SecRule ARGS "@rx ${word}[0-9]" "id:1,phase:1,log,pass"\n`

  it('gives the same from disk, and another form for other rules', () => {
    const judged = (text: string): string =>
      new Judge(compileWaf(source(text))).judge({ target: '/?q=evil1' }).ids.join()
    assert.equal(judged(rule('evil')), '1')
    assert.equal(readdirSync(cacheDirectory).length, 1)
    assert.equal(judged(rule('evil')), '1')
    assert.equal(judged(rule('good')), '')
    assert.equal(readdirSync(cacheDirectory).length, 2)
  })

  it('reads a file again that was included and changed, whatever the digest of the content says', () => {
    const included = join(directory, 'included.conf')
    const judged = (text: string): string => {
      writeFileSync(included, text)
      const rules = { before: [{ file: 'test.conf', text: `Include ${included}\n` }], contentDigest: 'the same' }
      const compiled = compileWaf({ crs: rules, profiles: [TEST_SETTINGS], cacheDirectory })
      return new Judge(compiled).judge({ target: '/?q=evil1' }).ids.join()
    }
    assert.equal(judged(rule('evil')), '1')
    assert.equal(judged(rule('good')), '')
  })

  it('can be posted to a worker', () => {
    const compiled = structuredClone(compileWaf(source(rule('evil'))))
    assert.equal(new Judge(compiled).judge({ target: '/?q=evil1' }).ids.join(), '1')
  })
})
