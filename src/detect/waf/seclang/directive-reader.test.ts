import assert from 'node:assert/strict'
import test from 'node:test'
import { DirectiveReader } from './directive-reader.ts'
import { Problems } from './problems.ts'

function wordsOf(text: string): { readonly lines: readonly (readonly string[])[]; readonly problems: Problems } {
  const problems = new Problems([])
  const reader = new DirectiveReader(text, 'a.conf', problems)
  const lines: string[][] = []
  for (let next = reader.next(); next !== undefined; next = reader.next()) {
    lines.push([next.name, ...next.arguments].map((word) => word.text))
  }
  return { lines, problems }
}

const READ: readonly (readonly [text: string, expected: readonly (readonly string[])[], why: string])[] = [
  ['', [], 'an empty file holds nothing'],
  ['\n\n  # a comment\n\t\n', [], 'blank lines and comments are passed over'],
  ['SecRuleEngine On', [['SecRuleEngine', 'On']], 'the last line needs no line break'],
  [
    'A b\r\nC d\r\n',
    [
      ['A', 'b'],
      ['C', 'd'],
    ],
    'files of Windows are read',
  ],
  ['\xef\xbb\xbfA b', [['A', 'b']], 'a byte order mark is no part of a name'],
  ['A "b c" d', [['A', 'b c', 'd']], 'quotes keep blanks together'],
  ['A \'b c\' "d"', [['A', 'b c', 'd']], 'single quotes do as well'],
  ['A "b \\"c\\" d"', [['A', 'b "c" d']], 'an escaped quote is a quote'],
  ["A 'it\\'s' \"it\\'s\"", [['A', "it's", "it\\'s"]], 'only the quote that encloses is escaped'],
  ['A "\\d\\\\x\\."', [['A', '\\d\\\\x\\.']], 'other backslashes belong to the pattern'],
  ['A "# no comment" x#y', [['A', '# no comment', 'x#y']], 'a number sign inside a word is no comment'],
  ['A b # rest', [['A', 'b']], 'a comment may follow on the line'],
  ['A b \\\n  c', [['A', 'b', 'c']], 'a backslash joins lines'],
  ['A b\\\nc', [['A', 'bc']], 'without blanks it joins words'],
  ['A b \\  \n c', [['A', 'b', 'c']], 'blanks behind the backslash do not count'],
  ['A "b,\\\n    c,\\\n    d"', [['A', 'b,c,d']], 'a quoted argument goes on without the leading blanks'],
  ['A b \\\n# between\n  # again\n c', [['A', 'b', 'c']], 'comments between joined lines are passed over'],
  [
    'A "b" \\\n\nC d',
    [
      ['A', 'b'],
      ['C', 'd'],
    ],
    'an empty line ends a directive all the same',
  ],
  ['A ""', [['A', '']], 'an empty argument is an argument'],
]

test('a text is split into directives', () => {
  for (const [text, expected, why] of READ) {
    const { lines, problems } = wordsOf(text)
    assert.deepEqual(lines, expected, why)
    assert.doesNotThrow(() => problems.throwIfAny(), why)
  }
})

test('a quote that is not closed is told where it opens, and reading goes on', () => {
  const { lines, problems } = wordsOf('A "b\nC "d" "e\nF g')
  assert.deepEqual(lines, [['A'], ['C', 'd'], ['F', 'g']])
  assert.throws(() => problems.throwIfAny(), /a\.conf:1:3: this quote.*\na\.conf:2:7: this quote/)
})

test('every character knows its place, also behind joined lines and escaped quotes', () => {
  const reader = new DirectiveReader('# x\nA "b\\"c,\\\n   d" \\\n  e', 'a.conf', new Problems([]))
  const directive = reader.next()!
  const [quoted, bare] = directive.arguments
  assert.deepEqual(directive.name.place, { file: 'a.conf', line: 2, column: 1 })
  const places = [...quoted.text].map((character, offset) => {
    const { line, column } = quoted.placeAt(offset)
    return `${character} ${line}:${column}`
  })
  assert.deepEqual(places, ['b 2:4', '" 2:6', 'c 2:7', ', 2:8', 'd 3:4'])
  assert.deepEqual(bare.place, { file: 'a.conf', line: 4, column: 3 })
  assert.deepEqual(quoted.slice(4).place, { file: 'a.conf', line: 3, column: 4 })
})
