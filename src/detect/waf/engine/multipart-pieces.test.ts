import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MultipartPieces } from './multipart-pieces.ts'

const TYPE = 'multipart/form-data; boundary=cut'
const PADDING = 'x'.repeat(3000)

const part = (head: string, content: string): string =>
  `--cut\r\nContent-Disposition: form-data; ${head}\r\n\r\n${content}\r\n`
const file = (content: string): string => part('name="f"; filename="a.bin"', content)
const field = (content: string): string => part('name="note"', content)

/** Arguments that windows of a body show after its beginning was held; windows overlap as those of a stream do. */
function argumentsOf(body: string, heldBytes: number, windowBytes = 4096): string[] {
  const pieces = new MultipartPieces(TYPE, body.slice(0, heldBytes))
  const shown: string[] = []
  for (let at = heldBytes - 1024; at + 1024 < body.length; at += windowBytes - 1024) {
    for (const { fullName, text } of pieces.valuesOf(body.slice(at, at + windowBytes))) {
      if (fullName.startsWith('ARGS')) shown.push(`${fullName}=${text.trim()}`)
    }
  }
  return shown
}

describe('MultipartPieces', () => {
  it('shows fields behind a file, and not what is in the file', () => {
    const body = `${file(`${PADDING}${PADDING}evil${PADDING}`)}${field('seen')}--cut--\r\n`
    const shown = argumentsOf(body, 2000)
    assert.ok(shown.includes('ARGS:note=seen'))
    assert.ok(!shown.some((text) => text.includes('evil')))
  })

  it('shows the rest of a field that was cut', () => {
    const body = `${field(`${PADDING}evil`)}${file(PADDING)}--cut--\r\n`
    assert.ok(argumentsOf(body, 1500).some((text) => text.endsWith('evil')))
  })

  it('is not misled by the place of the cut', () => {
    const body = `${file(PADDING)}${field('seen')}${file(`evil${PADDING}`)}--cut--\r\n`
    for (let heldBytes = 1024; heldBytes < body.length - 1024; heldBytes += 61) {
      const shown = argumentsOf(body, heldBytes)
      if (heldBytes < 3000) assert.ok(shown.includes('ARGS:note=seen'), `held ${heldBytes}`)
      assert.ok(!shown.some((text) => text.includes('evil')), `held ${heldBytes}: ${shown.join('|').slice(0, 200)}`)
    }
  })

  it('shows everything when the boundary cannot be told', () => {
    assert.equal(new MultipartPieces('multipart/form-data', '').valuesOf('evil')[0].text, 'evil')
  })
})
