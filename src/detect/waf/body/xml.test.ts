import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import type { BodyContents } from '../body-contents.ts'
import { type BodyLimits, DEFAULT_BODY_LIMITS } from './limits.ts'
import { parseXml } from './xml.ts'

function read(text: string, limits: Partial<BodyLimits> = {}, complete = true): BodyContents {
  return parseXml(Buffer.from(text, 'latin1'), text, { ...DEFAULT_BODY_LIMITS, ...limits }, complete)
}

test('parseXml joins text and lists attributes', () => {
  const cases: readonly [xml: string, text: string, attributes: string[], why: string][] = [
    ['<a/>', '', [], 'nothing'],
    ['<a>x</a>', 'x', [], 'text'],
    ['<a>x<b>y</b>z</a>', 'xyz', [], 'text of all depths is joined'],
    ['<a b="1" c=\'2\'/>', '', ['1', '2'], 'both quotes'],
    ['<a b = "1"\n\tc="2" ></a >', '', ['1', '2'], 'white space in tags'],
    ['<a b="&lt;&#10;&#x41;&quot;">&amp;&apos;&gt;</a>', "&'>", ['<\nA"'], 'references'],
    ['<a>&#233;&#x20AC;&#x1F600;</a>', '\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80', [], 'characters become UTF-8'],
    ['<a><![CDATA[<b>&amp;]]></a>', '<b>&amp;', [], 'CDATA is literal'],
    ['<a>x<!-- y --><?z w?>v</a>', 'xv', [], 'comments and instructions are no text'],
    ['<?xml version="1.0" encoding="UTF-8"?>\n<a>x</a>\n<!-- end -->\n', 'x', [], 'prolog and epilog'],
    ['<s:a xmlns:s="urn:x"><s:b/></s:a>', '', ['urn:x'], 'namespaces are attributes'],
    ['<a b="it\'s > <"/>', '', ["it's > <"], 'marks inside values'],
  ]
  for (const [xml, text, attributes, why] of cases) {
    const contents = read(xml)
    assert.equal(contents.error, undefined, why)
    assert.equal(contents.xml?.text, text, why)
    assert.deepEqual(contents.xml.attributes, attributes, why)
    assert.equal(contents.parsedBytes, xml.length, why)
  }
})

test('parseXml names texts and attributes by their place', () => {
  const contents = read('<order id="7"><item>\n x\n</item> <item n="2">y</item></order>')
  assert.deepEqual(
    contents.xml?.leaves,
    [
      ['xml.order.@id', '7'],
      ['xml.order.item', '\n x\n'],
      ['xml.order.item.@n', '2'],
      ['xml.order.item', 'y'],
    ].flat(),
  )
})

test('parseXml expands no entity of the document and shows its type to the rules', () => {
  const xml = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY y "]>">]><a>&x;&y;</a>'
  const contents = read(xml)
  assert.deepEqual([...contents.irregularities].sort(), ['doctype', 'entity-declaration', 'unknown-entity'])
  assert.match(contents.xml?.text ?? '', /passwd.*&x;&y;$/)
  assert.equal(contents.xml?.leaves[0], 'xml.!doctype')
  assert.match(contents.xml.leaves[1], /file:\/\/\/etc\/passwd/)
  assert.equal(contents.error, undefined)
})

test('parseXml says what is ill formed and reads on', () => {
  const cases: readonly [xml: string, error: string, leaves: string[]][] = [
    ['', 'XML: no element at byte 0', []],
    ['<a>', 'XML: element without end at byte 3', []],
    ['<a>x', 'XML: element without end at byte 4', ['xml.a', 'x']],
    ['<a></b>', 'XML: end of another element expected at byte 3', []],
    ['text', 'XML: text outside of the root element at byte 0', ['xml', 'text']],
    ['<a/><b c="1"/>', 'XML: second root element at byte 4', ['xml.b.@c', '1']],
    ['<a b=1>x</a>', 'XML: attribute or end of the tag expected at byte 5', ['xml.a', '1>x']],
    ['<a b>x</a>', 'XML: attribute or end of the tag expected at byte 4', ['xml.a', '>x']],
    ['<a b="x', 'XML: attribute or end of the tag expected at byte 7', ['xml.a.@b', 'x']],
    ['<a>< b</a>', 'XML: markup expected at byte 3', ['xml.a', '<', 'xml.a', ' b']],
    ['<a><!-- x</a>', 'XML: --> expected at byte 3', []],
    ['<a><![CDATA[x</a>', 'XML: ]]> expected at byte 3', ['xml.a', 'x</a>']],
    ['<!DOCTYPE a [', 'XML: end of the document type expected at byte 0', ['xml.!doctype', '<!DOCTYPE a [']],
  ]
  for (const [xml, error, leaves] of cases) {
    const contents = read(xml)
    assert.deepEqual([contents.error, contents.xml?.leaves], [error, leaves], xml)
  }
})

test('parseXml takes a cut text as far as it goes, without an error', () => {
  const xml = '<?xml version="1.0"?><!DOCTYPE a><a b="1"><!-- c --><![CDATA[d]]>&lt;<e f="2"/></a>'
  for (let length = 1; length < xml.length; length++) {
    assert.equal(read(xml.slice(0, length), {}, false).error, undefined, xml.slice(0, length))
  }
})

test('parseXml notes encodings in which the bytes would read differently', () => {
  const cases: readonly [encoding: string, foreign: boolean][] = [
    ['UTF-8', false],
    ['iso-8859-1', false],
    ['windows-1252', false],
    ['UTF-7', true],
    ['IBM037', true],
    ['UTF-16', true],
  ]
  for (const [encoding, foreign] of cases) {
    const { irregularities } = read(`<?xml version="1.0" encoding="${encoding}"?><a/>`)
    assert.equal(irregularities.has('foreign-encoding'), foreign, encoding)
  }
  const wide = Buffer.from('\ufeff<a b="<">x</a>', 'utf16le')
  const contents = parseXml(wide, wide.toString('latin1'), DEFAULT_BODY_LIMITS, true)
  assert.deepEqual(contents.xml?.leaves, ['xml.a.@b', '<', 'xml.a', 'x'])
})

test('parseXml keeps its limits', () => {
  const deep = read('<a><b><c>x</c></b></a>', { depth: 2 })
  assert.deepEqual([deep.limit, deep.error, deep.parsedBytes], ['depth', undefined, 6])
  const many = read(`<a ${'b="x" '.repeat(5)}/>`, { pairs: 3 })
  assert.equal(many.limit, 'pairs')
  assert.deepEqual(many.xml?.attributes, ['x', 'x', 'x', 'x\nx'])
})

test('parseXml does not multiply a long name by the leaves below it', () => {
  const contents = read(`<${'n'.repeat(20_000)} ${'b="" '.repeat(2000)}/>`, { nameBytes: 1000 })
  let sizeBytes = 0
  for (const text of contents.xml?.leaves ?? []) sizeBytes += text.length
  assert.ok(sizeBytes < 10 * 30_000, String(sizeBytes))
  assert.equal(contents.limit, 'names')
})

test('parseXml reads back any tree that was written', () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9]{0,5}$/)
  const text = fc.string({ unit: 'binary-ascii', maxLength: 10 })
  const leaf = fc.tuple(name, text, text)
  fc.assert(
    fc.property(fc.array(leaf, { maxLength: 6 }), (leaves) => {
      const xml = `<r>${leaves.map(([n, a, t]) => `<${n} v="${escape(a)}">${escape(t)}</${n}>`).join('')}</r>`
      const contents = read(xml)
      assert.equal(contents.error, undefined, xml)
      assert.deepEqual(
        contents.xml?.attributes,
        leaves.map(([, attribute]) => attribute),
      )
      assert.equal(contents.xml.text, leaves.map(([, , t]) => t).join(''))
    }),
  )
})

function escape(text: string): string {
  return text.replaceAll(/[<>&"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
