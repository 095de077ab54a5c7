import assert from 'node:assert/strict'
import test from 'node:test'
import { sampleRequest } from '../managed/sample-request.ts'
import { apparentContents } from './apparent-contents.ts'
import { RequestParts } from './request-parts.ts'

function apparent(contentType: string, text: string): readonly string[] | undefined {
  const { request, body } = sampleRequest({ method: 'POST', contentType, body: text })
  const parts = new RequestParts(request)
  parts.setBody(body)
  const contents = apparentContents(parts)
  return contents === undefined ? undefined : [contents.processor, ...contents.pairs]
}

const JSON_TEXT = '{"q": "../x"}'
const PARTS = '--b\r\nContent-Disposition: form-data; name="q"\r\n\r\n../x\r\n--b--\r\n'
const FORM = 'application/x-www-form-urlencoded'

const MISTAKEN: readonly (readonly [contentType: string, body: string, processor: string, name: string])[] = [
  ['text/plain', JSON_TEXT, 'JSON', 'json.q'],
  ['application/octet-stream', ` ${JSON_TEXT}`, 'JSON', 'json.q'],
  [FORM, JSON_TEXT, 'JSON', 'json.q'],
  ['application/xml', JSON_TEXT, 'JSON', 'json.q'],
  ['text/plain', 'a=1&q=../x', 'URLENCODED', 'q'],
  ['application/json', 'a=1&q=../x', 'URLENCODED', 'q'],
  ['text/plain', PARTS, 'MULTIPART', 'q'],
  ['multipart/form-data', PARTS, 'MULTIPART', 'q'],
  ['multipart/form-data; boundary=other', PARTS, 'MULTIPART', 'q'],
  ['multipart/mixed; boundary=b', PARTS, 'MULTIPART', 'q'],
]

for (const [contentType, body, processor, name] of MISTAKEN) {
  test(`${processor} sent as ${contentType} is read`, () => {
    const [found, ...pairs] = apparent(contentType, body) ?? []
    assert.equal(found, processor)
    assert.equal(pairs[pairs.indexOf(name) + 1], '../x')
  })
}

test('bodies that are what they say, or like nothing, are read once', () => {
  const plain: readonly (readonly [string, string])[] = [
    [FORM, 'a=1&q=2'],
    ['application/json', JSON_TEXT],
    ['application/json', '{"q": broken}'],
    ['multipart/form-data; boundary=b', PARTS],
    ['image/png', 'a=1'],
    ['text/plain', 'Dear all,\nx=1 is the answer.'],
    ['text/plain', 'x=1\ny=2\n'],
  ]
  for (const [contentType, body] of plain)
    assert.equal(apparent(contentType, body), undefined, `${contentType}: ${body}`)
})
