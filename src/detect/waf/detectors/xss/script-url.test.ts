import assert from 'node:assert/strict'
import test from 'node:test'
import { type UrlEffect, urlEffect } from './script-url.ts'

test('what a URL does when it is followed', () => {
  const cases: readonly [url: string, effect: UrlEffect][] = [
    ['javascript:alert(1)', 'script'],
    [' \x01\t JavaScript:x', 'script'],
    ['java\tscr\nipt:x', 'script'],
    ['&#106;&#x61;va&Tab;script&colon;x', 'script'],
    ['&#0000106avascript:x', 'script'],
    ['vbscript:x', 'script'],
    ['feed:javascript:x', 'script'],
    ['data:text/html,x', 'document'],
    ['DATA:text/html;base64,x', 'document'],
    ['data:,alert(1)', 'document'],
    ['data:image/svg+xml,x', 'image'],
    ['data:image/png;base64,x', 'none'],
    ['https://javascript:x@a.example/', 'none'],
    ['/javascript:x', 'none'],
    ['java script:x', 'none'],
    ['&bogus;javascript:', 'none'],
    ['', 'none'],
  ]
  for (const [url, effect] of cases) assert.equal(urlEffect(url, 0, url.length), effect, url)
})

test('only the given part of the text is read', () => {
  assert.equal(urlEffect('x javascript:y z', 2, 15), 'script')
  assert.equal(urlEffect('x javascript:y z', 2, 8), 'none')
})
