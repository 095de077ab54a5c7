import assert from 'node:assert/strict'
import test from 'node:test'
import * as fc from 'fast-check'
import type { DetectionConfidence } from '../detection.ts'
import { detectSsrf, type SsrfFindingName } from './detect-ssrf.ts'
import { hostAddress } from './host-address.ts'

const CIRCLED = Buffer.from('①②⑦.⓪.⓪.①', 'utf8').toString('latin1')

const FOUND: readonly (readonly [value: string, finding: SsrfFindingName, confidence: DetectionConfidence])[] = [
  ['http://169.254.169.254/latest/meta-data/', 'metadata-address', 'certain'],
  ['http://2852039166/', 'metadata-address', 'certain'],
  ['http://[::ffff:a9fe:a9fe]/', 'metadata-address', 'certain'],
  ['http://metadata.google.internal/', 'metadata-address', 'certain'],
  ['//169.254.169.254/', 'metadata-address', 'certain'],
  ['http://0x7f.1/', 'disguised-address', 'certain'],
  ['http://0177.0.0.1/', 'disguised-address', 'certain'],
  ['http://017700000001/', 'disguised-address', 'certain'],
  ['http://127.1', 'disguised-address', 'certain'],
  ['http://[::ffff:127.0.0.1]/', 'disguised-address', 'certain'],
  [`http://${CIRCLED}/`, 'disguised-address', 'certain'],
  ['http://good.test@127.0.0.1/', 'loopback', 'likely'],
  ['https://127.0.0.1#@good.test/', 'loopback', 'likely'],
  ['http:\\\\127.0.0.1', 'loopback', 'likely'],
  ['http:127.0.0.1', 'loopback', 'likely'],
  ['http://localhost:22', 'loopback', 'likely'],
  ['http://[::1]/', 'loopback', 'likely'],
  ['http://127.0.0.1.nip.io', 'internal-name', 'likely'],
  ['gopher://127.0.0.1:6379/_x', 'forbidden-scheme', 'certain'],
  ['jar:http://x.test!/a', 'forbidden-scheme', 'certain'],
  ['file:///etc/passwd', 'forbidden-scheme', 'likely'],
  ['http://10.0.0.1/', 'private-address', 'weak'],
]

test('URLs of the machine, its network and its cloud are found in every spelling', () => {
  for (const [value, finding, confidence] of FOUND) {
    const detection = detectSsrf(value)
    assert.equal(detection?.finding, finding, value)
    assert.equal(detection?.confidence, confidence, value)
  }
})

test('other URLs and texts are left alone', () => {
  for (const value of [
    'http://example.com',
    'https://a.test/c?u=http://x',
    'hello',
    '10:30',
    'file: see',
    'note: hello',
    '1.2',
    'http://8.8.8.8/',
    '//cdn.test/x.js',
    '/a/b',
    'dict: a b',
    'C:\\x',
    'http://localhost:3000/api works, but why',
  ]) {
    assert.equal(detectSsrf(value), undefined, value)
  }
})

const ADDRESSES: readonly (readonly [host: string, address: number | undefined, disguised: boolean])[] = [
  ['127.0.0.1', 0x7f000001, false],
  ['127.1', 0x7f000001, true],
  ['0x7f000001', 0x7f000001, true],
  ['0177.0.0.01', 0x7f000001, true],
  ['127.0.0.1.', 0x7f000001, false],
  ['256.0.0.1', undefined, false],
  ['1.2.3.4.5', undefined, false],
  ['example.test', undefined, false],
  ['4294967296', undefined, false],
  ['[64:ff9b::7f00:1]', 0x7f000001, true],
  ['[2002:7f00:1::]', 0x7f000001, true],
]

test('hosts are read as the C library reads them', () => {
  for (const [host, address, disguised] of ADDRESSES) {
    const found = hostAddress(host)
    assert.equal(found?.address, address, host)
    if (found !== undefined) assert.equal(found.disguised, disguised, host)
  }
})

test('any bytes give an answer', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...'htp:/\\@[]0x127.%#?a\xef\xbc\x8e'), maxLength: 100 }),
      (value) => {
        const detection = detectSsrf(`http://${value}`)
        assert.ok(detection === undefined || detection.length <= value.length + 7)
      },
    ),
    { numRuns: 500 },
  )
  for (const unit of ['/', '@', '1.', '[', 'http://']) detectSsrf(`http://${unit.repeat(8_000)}`)
})
