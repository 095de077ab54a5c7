import assert from 'node:assert/strict'
import test from 'node:test'
import { brotliCompressSync } from 'node:zlib'
import type { WafResponse } from '../message.ts'
import { ResponseParts } from './response-parts.ts'

function response(fields: readonly string[]): WafResponse {
  return { status: 200, reason: 'OK', version: 'HTTP/1.1', fields }
}

test('ResponseParts knows which answers are text', () => {
  const cases: readonly [contentType: string, isText: boolean][] = [
    ['text/html; charset=utf-8', true],
    ['text/plain', true],
    ['application/json', true],
    ['application/problem+json', true],
    ['application/xhtml+xml', true],
    ['application/javascript', true],
    ['image/svg+xml', true],
    ['text/event-stream', false],
    ['image/png', false],
    ['application/octet-stream', false],
    ['application/pdf', false],
    ['application/zip', false],
    ['video/mp4', false],
  ]
  for (const [contentType, isText] of cases) {
    assert.equal(new ResponseParts(response(['Content-Type', contentType])).isText, isText, contentType)
  }
  assert.equal(new ResponseParts(response([])).isText, true)
})

test('ResponseParts decodes text bodies only', () => {
  const bytes = brotliCompressSync('<h1>error</h1>')
  const text = new ResponseParts(response(['Content-Type', 'Text/HTML; charset=UTF-8', 'Content-Encoding', 'br']))
  text.setBody({ bytes, complete: true, totalBytes: bytes.length })
  assert.deepEqual([text.bodyText, text.mediaType, text.charset], ['<h1>error</h1>', 'text/html', 'utf-8'])
  const image = new ResponseParts(response(['Content-Type', 'image/png']))
  image.setBody({ bytes: Buffer.from('\x89PNG'), complete: true, totalBytes: 4 })
  assert.equal(image.bodyText, '')
  const unknown = new ResponseParts(response(['Content-Type', 'text/html', 'Content-Encoding', 'x-secret']))
  unknown.setBody({ bytes: Buffer.from('abc'), complete: true, totalBytes: 3 })
  assert.deepEqual([unknown.bodyText, unknown.codingProblem], ['abc', 'unknown-coding'])
})
