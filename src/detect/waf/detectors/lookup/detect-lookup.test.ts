import assert from 'node:assert/strict'
import test from 'node:test'
import * as fc from 'fast-check'
import { detectLookup } from './detect-lookup.ts'

const JNDI: readonly string[] = [
  '${jndi:ldap://x/a}',
  '${JNDI:RMI://x/a}',
  '${${lower:j}ndi:ldap://x}',
  '${${::-j}${::-n}${::-d}${::-i}:${::-r}${::-m}${::-i}://x/a}',
  '${jndi:${lower:l}${lower:d}a${lower:p}://x}',
  '${${env:NaN:-j}ndi${env:NaN:-:}${env:NaN:-l}dap${env:NaN:-:}//x/a}',
  '${jndi${nagli:-:}ldap:${::-/}/x}',
  '${${lower:${upper:j}}ndi:dns://x}',
  "${${date:'j'}ndi:rmi://x}",
  'text before ${jndi:ldap://x and no end',
  '${a}${b}${jndi:ldap://x}',
]

test('a JNDI lookup is found however it is spelled', () => {
  for (const value of JNDI) {
    const detection = detectLookup(value)
    assert.equal(detection?.finding, 'jndi-lookup', value)
    assert.ok(detection.offset + detection.length <= value.length, value)
  }
})

test('other lookups are none, or weak', () => {
  for (const value of ['${name}', '${env:HOME}', '${lower:ABC}', 'jndi:ldap', '$ {jndi:ldap://x}', '${jndi}']) {
    assert.equal(detectLookup(value), undefined, value)
  }
  assert.equal(detectLookup('${x:${env:AWS_SECRET}}')?.confidence, 'weak')
})

test('nesting and length are bounded', () => {
  detectLookup('${'.repeat(32_768))
  detectLookup(`${'${lower:'.repeat(500)}j${'}'.repeat(500)}`)
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('${', '}', ':', '-', 'j', 'ndi', 'lower'), maxLength: 200 }),
      (value) => {
        const detection = detectLookup(value)
        assert.ok(detection === undefined || detection.offset + detection.length <= value.length)
      },
    ),
    { numRuns: 300 },
  )
})
