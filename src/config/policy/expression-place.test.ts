import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Document, type Scalar } from 'yaml'
import { parseYaml } from '../source/yaml-document.ts'
import { placeInText } from './expression-place.ts'

const STYLES = ['PLAIN', 'QUOTE_SINGLE', 'QUOTE_DOUBLE', 'BLOCK_LITERAL', 'BLOCK_FOLDED'] as const

const word = fc.stringMatching(/^[a-z.$(){}"'\\<>=&|*0-9]{1,12}$/)
const gap = fc.constantFrom(' ', ' ', '  ', '\n', '\n  ', '\n\n')
const expression = fc
  .array(fc.tuple(word, gap), { minLength: 1, maxLength: 20 })
  .map((parts) => parts.flat().join('').trim())

test('every character of a text is found in the file, whatever style the text is written in', () => {
  let exact = 0
  fc.assert(
    fc.property(expression, fc.constantFrom(...STYLES), (text, style) => {
      const written = new Document({ rules: [{ when: text }] })
      const scalar = written.getIn(['rules', 0, 'when'], true) as Scalar
      scalar.type = style
      const source = written.toString({ lineWidth: 40 })
      const [document] = parseYaml(source, 'p.yaml').documents
      const path = ['rules', 0, 'when']
      assert.equal(document.scalarAt(path)?.value, text)
      const lines = source.split('\n')
      const start = document.placeOf(path)
      for (const [lineIndex, line] of text.split('\n').entries()) {
        for (let column = 1; column <= line.length; column++) {
          const place = placeInText(document, path, lineIndex + 1, column)
          // The start of the value stands for "not exactly known", which only escapes may cause.
          if (place.line === start.line && place.column === start.column && source.includes('\\')) continue
          if (line[column - 1] === ' ') continue
          const found = lines[place.line - 1].slice(place.column - 1)
          assert.ok(
            found.startsWith(line[column - 1]) || found.startsWith(`\\${line[column - 1]}`),
            `${style}: ${JSON.stringify(source)}`,
          )
          exact++
        }
      }
    }),
    { numRuns: 1000 },
  )
  assert.ok(exact > 10_000, 'most places are exact')
})
