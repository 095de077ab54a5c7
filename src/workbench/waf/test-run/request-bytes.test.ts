import assert from 'node:assert/strict'
import test from 'node:test'
import { requestBytes } from './request-bytes.ts'

test('a sample becomes the bytes of a request to the host of the site', () => {
  const sample = { target: '/save?a=%27', headers: ['X-A', 'b'], contentType: 'text/plain', body: '\xe9=1' }
  const text = requestBytes(sample, 'shop.example:81', ['Connection', 'close']).toString('latin1')
  assert.match(text, /^POST \/save\?a=%27 HTTP\/1\.1\r\nHost: shop\.example:81\r\nUser-Agent: /)
  assert.match(text, /\r\nX-A: b\r\nContent-Type: text\/plain\r\nContent-Length: 3\r\nConnection: close\r\n\r\n\xe9=1$/)
})

test('what a sample does with its host stays', () => {
  const text = requestBytes({ headers: ['host', 'shop.test"><script>'] }, 'a.example').toString('latin1')
  assert.match(text, /\r\nhost: a\.example"><script>\r\n/)
  assert.doesNotMatch(text, /shop\.test/)
})
