import assert from 'node:assert/strict'
import test from 'node:test'
import { fieldTexts } from './window-values.ts'

test('fieldTexts finds the fields that begin in a window, and no files', () => {
  const window = [
    'rest of a file\r\n--b',
    'Content-Disposition: form-data; name="q"\r\n\r\none\r\n--b',
    'Content-Disposition: form-data; name="f"; filename="x"\r\n\r\nfile\r\n--b',
    'content-disposition: form-data; name=r\r\n\r\ntwo',
  ].join('\r\n')
  assert.deepEqual(fieldTexts(window), ['one', 'two'])
})
