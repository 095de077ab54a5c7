import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hexDigitsOf } from './hex-dump.ts'

const DIGITS = '0200000000020200000000010800450000206162'

const DUMPS: readonly (readonly [why: string, text: string])[] = [
  ['digits', DIGITS],
  ['0x before it', `0x${DIGITS}`],
  ['colons', '02:00:00:00:00:02:02:00:00:00:00:01:08:00:45:00:00:20:61:62'],
  ['lines', '02 00 00 00 00 02\n02 00 00 00 00 01 08 00\n45 00 00 20 61 62'],
  ['tcpdump -xx', '\t0x0000:  0200 0000 0002 0200 0000 0001 0800 4500\n\t0x0010:  0020 6162\n'],
  ['tcpdump -XX', '\t0x0000:  0200 0000 0002 0200 0000 0001 0800 4500  ..............E.\n\t0x0010:  0020 6162  ..ab'],
  ['xxd', '00000000: 0200 0000 0002 0200 0000 0001 0800 4500  ..............E.\n00000010: 0020 6162       ..ab\n'],
  [
    'hexdump -C',
    '00000000  02 00 00 00 00 02 02 00  00 00 00 01 08 00 45 00  |..............E.|\n00000010  00 20 61 62   |. ab|\n00000014\n',
  ],
  ['Wireshark', '0000   02 00 00 00 00 02 02 00 00 00 00 01 08 00 45 00   ..............E.\n0010   00 20 61 62   . ab'],
]

test('a frame is read from what tools print', () => {
  for (const [why, text] of DUMPS) assert.equal(hexDigitsOf(text), DIGITS, why)
})

test('what is no dump is left as it is', () => {
  assert.equal(hexDigitsOf('zz'), 'zz')
  assert.equal(hexDigitsOf('0010:  02 00'), '00100200')
  assert.equal(hexDigitsOf('0000\n0002\n0000'), '000000020000')
})
