import assert from 'node:assert/strict'
import test from 'node:test'
import { ANSI, type Dialect, Lexer, MYSQL } from './lexer.ts'
import { Kind } from './token-kind.ts'
import { Flag, TokenStream } from './token-stream.ts'

const NAMES = new Map<number, string>(Object.entries(Kind).map(([name, kind]) => [kind, name]))

function read(text: string, quote = 0, dialect: Dialect = MYSQL): TokenStream {
  const stream = new TokenStream()
  const lexer = new Lexer(stream)
  lexer.start(text, quote, dialect)
  lexer.fill()
  return stream
}

/** The tokens as `kind:text`. */
function tokensOf(text: string, quote = 0, dialect: Dialect = MYSQL): readonly string[] {
  const stream = read(text, quote, dialect)
  return Array.from(
    { length: stream.count },
    (_, at) => `${NAMES.get(stream.kinds[at])}:${text.slice(stream.starts[at], stream.ends[at])}`,
  )
}

const SINGLE = 0x27

test('tokens', () => {
  const cases: readonly [text: string, tokens: readonly string[]][] = [
    ['1 or 1=1', ['number:1', 'logic:or', 'number:1', 'compare:=', 'number:1']],
    ['1.5 .5 1e3 0x4F 0b01', ['number:1.5', 'number:.5', 'number:1e3', 'number:0x4F', 'number:0b01']],
    ['1union 1e0union 5kg 2nd', ['number:1', 'union:union', 'number:1e0', 'union:union', 'word:5kg', 'word:2nd']],
    ['\'a\' "b" `c` [d]', ["string:'a'", 'string:"b"', 'word:`c`', 'word:[d]']],
    ["'it''s' 'x\\'y' 'open", ["string:'it''s'", "string:'x\\'y'", "openString:'open"]],
    ["N'a' x'41' _utf8'b'", ["string:N'a'", "string:x'41'", "string:_utf8'b'"]],
    ['$$a$$ $t$b$t$ $x', ['string:$$a$$', 'string:$t$b$t$', 'other:$x']],
    ['@a @@version a@b.c', ['variable:@a', 'variable:@@version', 'word:a', 'other:@b.c']],
    [
      'a.or t.order user.name',
      ['word:a', 'dot:.', 'word:or', 'word:t', 'dot:.', 'word:order', 'plainCall:user', 'dot:.', 'word:name'],
    ],
    ['a /* x */ b /*!50000 or*/ c', ['word:a', 'word:b', 'logic:or', 'word:c']],
    ['or/*!1=1*/', ['logic:or', 'number:1', 'compare:=', 'number:1']],
    ['UN/**/ION SE/**/LE/**/CT', ['union:UN/**/ION', 'select:SE/**/LE/**/CT']],
    ['1 /* open', ['number:1', 'comment:/* open']],
    ['1 -- x', ['number:1', 'comment:-- x']],
    ['1 -- x\n2', ['number:1', 'number:2']],
    [
      '<> != <=> <= == ~ ^',
      ['compare:<>', 'compare:!=', 'compare:<=>', 'compare:<=', 'compare:==', 'not:~', 'arithmetic:^'],
    ],
    ['a||b&&c|d', ['word:a', 'pipes:||', 'word:b', 'logic:&&', 'word:c', 'arithmetic:|', 'word:d']],
    ['\\N ::int', ['constant:\\N', 'cast:::', 'word:int']],
    ['1\xa0or\xc2\xa0voil\xc3\xa0', ['number:1', 'logic:or', 'word:voil\xc3\xa0']],
    ["a->'$.b' @> <@ 1", ['word:a', 'arithmetic:->', "string:'$.b'", 'compare:@>', 'compare:<@', 'number:1']],
  ]
  for (const [text, tokens] of cases) assert.deepEqual(tokensOf(text), tokens, text)
})

test('the dialects differ in comments and in what ends a string', () => {
  assert.deepEqual(tokensOf('1--1'), ['number:1', 'arithmetic:--', 'number:1'])
  assert.deepEqual(tokensOf('1--1', 0, ANSI), ['number:1', 'comment:--1'])
  assert.deepEqual(tokensOf('1#1'), ['number:1', 'comment:#1'])
  assert.deepEqual(tokensOf('1#1', 0, ANSI), ['number:1', 'arithmetic:#', 'number:1'])
  assert.deepEqual(tokensOf("\\' or", SINGLE), ["openString:\\' or"])
  assert.deepEqual(tokensOf("\\' or", SINGLE, ANSI), ["string:\\'", 'logic:or'])
})

test('a reading as the inside of a string begins with the text before the quote', () => {
  assert.deepEqual(tokensOf("it''s x' or", SINGLE), ["string:it''s x'", 'logic:or'])
  assert.deepEqual(tokensOf("'--", SINGLE), ["string:'", 'comment:--'])
})

test('flags tell comments and whole statements', () => {
  const stream = read('select 1 /**/ union; union')
  assert.deepEqual(
    [...stream.flags.subarray(0, stream.count)],
    [0, Flag.space | Flag.statement, Flag.space | Flag.comment | Flag.statement, 0, Flag.space],
  )
})

test('a text longer than the stream is read in parts that overlap', () => {
  const text = Array.from({ length: 2_000 }, (_, index) => `w${index}`).join(' ')
  const stream = new TokenStream()
  const lexer = new Lexer(stream)
  lexer.start(text, 0, MYSQL)
  lexer.fill()
  let fills = 1
  while (!lexer.done) {
    const kept = text.slice(stream.starts[stream.count - 10], stream.ends[stream.count - 1])
    stream.shift(10)
    lexer.fill()
    fills++
    assert.equal(text.slice(stream.starts[0], stream.ends[9]), kept)
  }
  assert.equal(text.slice(stream.starts[stream.count - 1], stream.ends[stream.count - 1]), 'w1999')
  assert.ok(stream.clipped && fills > 3)
})
