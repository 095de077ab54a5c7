import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readYamlTests } from './yaml-tests.ts'

test('tests in the form of CRS 4', () => {
  const file = readYamlTests(
    `meta: { author: someone }
rule_id: 920100
tests:
  - test_id: 4
    desc: a method
    stages:
      - input:
          autocomplete_headers: false
          dest_addr: 127.0.0.1
          headers: { Host: localhost, Content-Length: 3 }
          method: POST
          uri: /post
          data: a=b
        output:
          status: 400
          log: { expect_ids: [920100], no_expect_ids: [920200] }
`,
    '920100',
  )
  assert.deepEqual(file, {
    ok: true,
    tests: [
      {
        id: '920100-4',
        rule: 920100,
        desc: 'a method',
        stages: [
          {
            input: {
              headers: { Host: 'localhost', 'Content-Length': 3 },
              method: 'POST',
              uri: '/post',
              version: undefined,
              encoded_request: undefined,
              data: 'a=b',
              autocomplete_headers: false,
            },
            output: { status: [400], log: { expect_ids: [920100], no_expect_ids: [920200] } },
          },
        ],
      },
    ],
  })
})

test('tests in the form of CRS 3', () => {
  const file = readYamlTests(
    `meta: { enabled: true }
tests:
  - test_title: 942100-1
    stages:
      - stage:
          input: { method: POST, stop_magic: true, data: [one, two] }
          output: { log_contains: 'id "942100"', status: [200, 403] }
`,
    '942100',
  )
  assert.ok(file.ok)
  const [{ id, rule, stages }] = file.tests
  assert.deepEqual([id, rule], ['942100-1', 942100])
  assert.equal(stages[0].input.data, 'one\r\ntwo')
  assert.equal(stages[0].input.autocomplete_headers, false)
  assert.deepEqual(stages[0].output, { status: [200, 403], log: { match_regex: 'id "942100"' } })
})

test('what is no test file is refused with a reason', () => {
  assert.equal(readYamlTests('tests: 3', '1').ok, false)
  assert.equal(readYamlTests('{ a: [', '1').ok, false)
  fc.assert(fc.property(fc.string(), (text) => void readYamlTests(text, '1')))
})
