import assert from 'node:assert/strict'
import test from 'node:test'
import * as fc from 'fast-check'
import type { DetectionConfidence } from '../detection.ts'
import { detectTraversal, type TraversalFindingName } from './detect-traversal.ts'

const FOUND: readonly (readonly [value: string, finding: TraversalFindingName, confidence: DetectionConfidence])[] = [
  ['../../etc/passwd', 'climb-to-known-file', 'certain'],
  ['../../etc/passwd\r\n', 'climb-to-known-file', 'certain'],
  ['\t ../../etc/passwd', 'climb-to-known-file', 'certain'],
  [' /etc/passwd\n', 'rooted-known-file', 'likely'],
  ['....//....//etc/passwd', 'climb-to-known-file', 'certain'],
  ['.././.././etc/passwd', 'climb-to-known-file', 'certain'],
  ['..\\..\\windows\\win.ini', 'climb-to-known-file', 'certain'],
  ['..%2f..%2fetc%2fpasswd', 'climb-to-known-file', 'certain'],
  ['..%252f..%252fetc/passwd', 'climb-to-known-file', 'certain'],
  ['..\xc0\xaf..\xc0\xafetc/passwd', 'climb-to-known-file', 'certain'],
  ['/images/../../../etc/shadow\0.png', 'climb-to-known-file', 'certain'],
  ['../WEB-INF/web.xml', 'climb-to-known-file', 'certain'],
  ['/etc/passwd', 'rooted-known-file', 'likely'],
  ['//etc//passwd', 'rooted-known-file', 'likely'],
  ['C:\\Windows\\win.ini', 'rooted-known-file', 'likely'],
  ['file:///etc/passwd', 'rooted-known-file', 'likely'],
  ['..;/manager/html', 'disguised-climb', 'likely'],
  ['../../../x', 'deep-climb', 'likely'],
  ['../x', 'climb', 'weak'],
  ['see ../../../etc for more', 'deep-climb', 'weak'],
  ['C:\\Windows\\System32\\drivers\\etc\\hosts must contain localhost', 'rooted-known-file', 'weak'],
]

test('climbs and known files are found, with the more doubt the less they look like a path', () => {
  for (const [value, finding, confidence] of FOUND) {
    const detection = detectTraversal(value)
    assert.equal(detection?.finding, finding, value)
    assert.equal(detection?.confidence, confidence, value)
  }
})

test('paths and texts without a climb are left alone', () => {
  for (const value of [
    '... and so on',
    'a..b',
    '/home/index.html',
    '/etc',
    '1...5',
    'see /etc/passwd for users',
    '/usr/share/doc/x',
    'v1..v2',
  ]) {
    assert.equal(detectTraversal(value), undefined, value)
  }
})

test('any bytes give an answer inside the value', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'./\\%2ef;\0\xc0\xaf c:etcpasswd'), maxLength: 300 }), (value) => {
      const detection = detectTraversal(value)
      assert.ok(detection === undefined || detection.offset <= value.length)
    }),
    { numRuns: 500 },
  )
  for (const unit of ['../', '..', '/', '%2e', '.../', '..;', '%25', '\\'])
    detectTraversal(unit.repeat(65_536 / unit.length))
})
