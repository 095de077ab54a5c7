import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { byteText } from '../testing/byte-text.ts'
import { HARMLESS_CODE } from '../testing/harmless-code.ts'
import { HARMLESS_TEXTS } from '../testing/harmless-texts.ts'
import { HOSTILE_UNITS, longText } from '../testing/hostile-texts.ts'
import { detectXss } from './detect-xss.ts'
import { XSS_FINDINGS, type XssFindingName } from './findings.ts'
import { INSIDE_ATTACKS } from './testing/attacks-inside.ts'
import { MARKUP_ATTACKS } from './testing/attacks-markup.ts'

const ATTACK_GROUPS = Object.entries({ ...MARKUP_ATTACKS, ...INSIDE_ATTACKS })
const ATTACKS = ATTACK_GROUPS.flatMap(([, attacks]) => attacks)

/** Values, what is found in them, how sure, and the bytes that show it. */
const FINDINGS: readonly (readonly [value: string, finding: XssFindingName, confidence: string, matched: string])[] = [
  ['x<script>alert(1)</script>', 'script-element', 'certain', '<script'],
  ['run <script> --help', 'script-element', 'weak', '<script'],
  ['a <img src=x onerror=alert(1)> b', 'event-handler', 'certain', '<img src=x onerror=alert(1)'],
  ['<A onClick={go}>', 'event-handler', 'likely', '<A onClick={go}'],
  ['<xss onbeforehellfreezes=a(1)>', 'unknown-handler', 'likely', '<xss onbeforehellfreezes=a(1)'],
  ['<a href="java&Tab;script:a()">', 'script-url', 'certain', '<a href="java&Tab;script:a()'],
  ['<a href="javascript:void(0)">', 'script-url', 'weak', '<a href="javascript:void(0)'],
  ['javascript:alert(1)', 'script-url-value', 'certain', 'javascript:alert(1)'],
  ['see [x](javascript:alert(1))', 'script-url-text', 'likely', 'javascript:alert(1))'],
  ['<iframe srcdoc="x">', 'embedded-document', 'certain', '<iframe srcdoc="x'],
  ['<meta http-equiv=refresh content=0>', 'page-redirect', 'certain', '<meta http-equiv=refresh'],
  ['<base href=//a.example>', 'page-base', 'likely', '<base href=//a.example'],
  ['<iframe src=https://a.example>', 'foreign-content', 'likely', '<iframe src=https://a.example'],
  ['<p style="x:exp/**/ression(a())">', 'script-style', 'certain', '<p style="x:exp/**/ression(a())'],
  ['x" onfocus="alert(1)', 'attribute-breakout', 'certain', '" onfocus="alert(1)'],
  ['x onmouseover=alert(1)', 'attribute-injection', 'likely', 'onmouseover=alert(1)'],
  ["x';alert(1)//", 'script-breakout', 'certain', "';alert(1)//"],
  ["x';alert(1)", 'script-call', 'likely', "';alert(1)"],
  ['<!ENTITY x SYSTEM "file:///a">', 'declaration', 'likely', '<!ENTITY x SYSTEM "file:///a">'],
  ['<svg>', 'active-element', 'weak', '<svg'],
  ['a = document.cookie', 'script-sink', 'weak', 'document.cookie'],
]

for (const [group, attacks] of ATTACK_GROUPS) {
  test(`cross-site scripting is found: ${group}`, () => {
    for (const attack of attacks) {
      const confidence = detectXss(attack)?.confidence
      assert.ok(confidence === 'certain' || confidence === 'likely', `${attack} is ${confidence ?? 'not found'}`)
    }
  })
}

test('the finding names what was found and where', () => {
  for (const [value, finding, confidence, matched] of FINDINGS) {
    const found = detectXss(value)
    assert.ok(found, value)
    const { offset, length } = found
    assert.deepEqual(
      [found.finding, found.confidence, value.slice(offset, offset + length)],
      [finding, confidence, matched],
    )
  }
  assert.deepEqual(new Set(FINDINGS.map(([, finding]) => finding)), new Set(Object.keys(XSS_FINDINGS)))
})

test('an attack is found after much padding', () => {
  const paddings = ['a'.repeat(10_240), '<b>x</b> '.repeat(1_200), '<a b="c"> '.repeat(1_100), '<!-- -->'.repeat(1_400)]
  for (const padding of paddings) {
    for (const attack of ['<script>alert(1)</script>', '<img src=x onerror=alert(1)>', '"><svg/onload=alert(1)>']) {
      assert.equal(detectXss(padding + attack)?.confidence, 'certain', `${padding.slice(0, 9)}... ${attack}`)
    }
  }
})

test('ordinary texts are neither certain nor likely', () => {
  for (const texts of Object.values(HARMLESS_TEXTS)) {
    for (const text of texts) assert.ok(isQuiet(text), text)
  }
  for (const code of HARMLESS_CODE) assert.ok(isQuiet(code), code)
})

function isQuiet(text: string): boolean {
  const found = detectXss(byteText(text))
  return found === undefined || found.confidence === 'weak'
}

test('NUL bytes and full-width signs hide nothing', () => {
  for (const attack of ['<scr\0ipt>alert(1)</scr\0ipt>', byteText('＜script＞alert(1)')]) {
    const whole = { finding: 'script-element', confidence: 'certain', offset: 0, length: attack.length }
    assert.deepEqual(detectXss(attack), whole)
  }
})

test('long texts of one sign come to an end', () => {
  for (const unit of HOSTILE_UNITS) {
    for (const start of ['', '<a b="', "' "]) {
      const text = start + longText(unit)
      const found = detectXss(text)
      assert.ok(found === undefined || found.offset + found.length <= text.length, unit)
    }
  }
})

test('any mixture of pieces is judged the same every time, within the value', () => {
  const pieces = fc.constantFrom(
    ...ATTACKS.slice(0, 200),
    ...HOSTILE_UNITS,
    "'",
    '"',
    '`',
    ' ',
    '<',
    '>',
    '=',
    '/',
    'on',
  )
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
      const value = parts.join('')
      const found = detectXss(value)
      assert.deepEqual(detectXss(value), found)
      if (found === undefined) return
      assert.ok(found.length > 0 && found.offset >= 0 && found.offset + found.length <= value.length, value)
    }),
    { numRuns: 1_000 },
  )
})
