import assert from 'node:assert/strict'
import test from 'node:test'
import { printableRuns, visibleText } from './printable-runs.ts'

const PROSE = 'Text of some length, in which lines end.\r\n\tAnd Gr\xc3\xbc\xc3\x9fe. '
/** All bytes in turn: as many control bytes as random data has. */
const BINARY = String.fromCharCode(...Array.from({ length: 256 }, (_, byte) => (byte * 167) & 0xff))

test('text is shown as it is, whatever its length', () => {
  for (const text of ['', 'a\0b', PROSE.repeat(1000), `\0${PROSE.repeat(1000)}`]) assert.equal(visibleText(text), text)
})

test('of binary data the printable runs are shown', () => {
  const message = 'a long message in the clear'
  const text = `${BINARY.repeat(50)}\0${message}\0${BINARY.repeat(50)}`
  assert.equal(visibleText(text), printableRuns(text))
  assert.ok(visibleText(text).includes(message))
  assert.ok(visibleText(text).length < 1000)
  assert.equal(visibleText(BINARY), BINARY, 'what is small is shown whole')
})
