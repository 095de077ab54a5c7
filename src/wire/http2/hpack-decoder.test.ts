import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { HpackDecoder } from './hpack-decoder.ts'
import { decodeHuffman } from './huffman.ts'

const decoded = (decoder: HpackDecoder, hex: string): string[] | undefined => decoder.decode(Buffer.from(hex, 'hex'))

test('requests with Huffman coding (RFC 7541 appendix C.4)', () => {
  const decoder = new HpackDecoder()
  const common = [':method', 'GET', ':scheme', 'http', ':path', '/', ':authority', 'www.example.com']
  assert.deepEqual(decoded(decoder, '828684418cf1e3c2e5f23a6ba0ab90f4ff'), common)
  assert.deepEqual(decoded(decoder, '828684be5886a8eb10649cbf'), [...common, 'cache-control', 'no-cache'])
  assert.deepEqual(decoded(decoder, '828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf'), [
    ':method',
    'GET',
    ':scheme',
    'https',
    ':path',
    '/index.html',
    ':authority',
    'www.example.com',
    'custom-key',
    'custom-value',
  ])
})

test('a value that is never kept, one that is not kept, and plain text (RFC 7541 appendix C.2)', () => {
  const decoder = new HpackDecoder()
  assert.deepEqual(decoded(decoder, '400a637573746f6d2d6b65790d637573746f6d2d686561646572'), [
    'custom-key',
    'custom-header',
  ])
  assert.deepEqual(decoded(decoder, '040c2f73616d706c652f70617468'), [':path', '/sample/path'])
  assert.deepEqual(decoded(decoder, '100870617373776f726406736563726574'), ['password', 'secret'])
  assert.deepEqual(decoded(decoder, 'be'), ['custom-key', 'custom-header'])
})

test('a smaller table forgets its oldest entries', () => {
  const decoder = new HpackDecoder()
  decoded(decoder, '400a637573746f6d2d6b65790d637573746f6d2d686561646572')
  assert.deepEqual(decoded(decoder, '20'), [])
  assert.equal(decoded(decoder, 'be'), undefined)
  assert.equal(decoder.isBroken, true)
  assert.equal(decoded(decoder, '82'), undefined, 'nothing behind it can be read')
})

test('what breaks the rules is refused', () => {
  for (const hex of [
    '80',
    '40',
    '4001',
    '4002ff',
    'ffffffffffffff7f',
    '3fe1ffff7f',
    '0082ffff',
    '41',
    '7f',
    '008100',
  ]) {
    assert.equal(decoded(new HpackDecoder(), hex), undefined, hex)
  }
})

test('padding of a coded string is short, and all ones', () => {
  const text = (hex: string): string | undefined => decodeHuffman(Buffer.from(hex, 'hex'), 0, hex.length / 2)
  assert.equal(text('1f'), 'a')
  assert.deepEqual([text('18'), text('1fff'), text('ffffffff'), text('')], [undefined, undefined, undefined, ''])
})

test('whatever bytes come, size and time are bounded', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 5 }), (blocks) => {
      const decoder = new HpackDecoder()
      for (const block of blocks) decoder.decode(Buffer.from(block))
    }),
  )
  // A reference is one byte, and may stand for a large value.
  const large = Buffer.concat([Buffer.from('4001617fa11e', 'hex'), Buffer.alloc(4000, 0x61)])
  const decoder = new HpackDecoder()
  assert.equal(decoder.decode(large)?.length, 2)
  assert.equal(decoder.decode(Buffer.alloc(1000, 0xbe)), undefined)
})
