import assert from 'node:assert/strict'
import test from 'node:test'
import { AttributeSpan, tagNameEnd } from './tag-reader.ts'

/** The attributes of the tag in `text` as `name=value`, or `name` alone. */
function attributesOf(text: string, naive: boolean): readonly string[] {
  const span = new AttributeSpan()
  const attributes: string[] = []
  let at = tagNameEnd(text, 1)
  for (;;) {
    at = span.read(text, at, naive)
    if (at < 0) return attributes
    const name = text.slice(span.nameFrom, span.nameTo)
    attributes.push(span.hasValue ? `${name}=${text.slice(span.valueFrom, span.valueTo)}` : name)
  }
}

test('attributes are read as a browser reads them', () => {
  const cases: readonly [tag: string, attributes: readonly string[]][] = [
    ['<a>', []],
    ['<a b c=d>', ['b', 'c=d']],
    ['<a b="c d" e=\'f\'g=h>', ['b=c d', 'e=f', 'g=h']],
    ['<a/b/c=d/e>', ['b', 'c=d/e']],
    ['<a b = c>', ['b=c']],
    ['<a\nb\t=\x0c"c">x', ['b=c']],
    ['<a b=">" c=d>', ['b=>', 'c=d']],
    ['<a b=`c d`>', ['b=`c', 'd`']],
    ['<a "b=c>', ['b=c']],
    ['<a b="open c=d>', ['b=open c=d>']],
    ['<a b', ['b']],
    ['<a b=', ['b=']],
  ]
  for (const [tag, attributes] of cases) assert.deepEqual(attributesOf(tag, false), attributes, tag)
})

test('the naive reading ends values at angle brackets and slashes, and knows backticks', () => {
  const cases: readonly [tag: string, attributes: readonly string[]][] = [
    ['<a b=">" c=d>', ['b=']],
    ['<a b=`c d`>', ['b=c d']],
    ['<a b=c/on=d>', ['b=c', 'on=d']],
    ['<a b=c/e>', ['b=c/e']],
    ['<a b<c=d>', ['b']],
  ]
  for (const [tag, attributes] of cases) assert.deepEqual(attributesOf(tag, true), attributes, tag)
})
