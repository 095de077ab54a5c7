import assert from 'node:assert/strict'
import test from 'node:test'
import * as fc from 'fast-check'
import { detectTemplate } from './detect-template.ts'
import type { TemplateFindingName } from './template-signs.ts'

const FOUND: readonly (readonly [value: string, finding: TemplateFindingName])[] = [
  ['{{7*7}}', 'template-arithmetic'],
  ["{{7*'7'}}", 'template-arithmetic'],
  ['${7*7}', 'template-arithmetic'],
  ['<%= 7*7 %>', 'template-arithmetic'],
  ['#set($x=7*7)$x', 'template-arithmetic'],
  ["{{''.__class__.__mro__[1].__subclasses__()}}", 'object-walk'],
  ["{{constructor.constructor('alert(1)')()}}", 'object-walk'],
  ['{{request|attr("application")}}', 'object-walk'],
  ['${T(java.lang.Runtime).getRuntime().exec("id")}', 'runtime-call'],
  ['<#assign x="freemarker.template.utility.Execute"?new()>', 'runtime-call'],
  ['<%= IO.popen("id").read %>', 'runtime-call'],
  ["{{['id']|filter('system')}}", 'engine-internal'],
  ['%{(#a=@java.lang.Runtime@getRuntime())}', 'runtime-call'],
  ['{{config.items()}}', 'engine-internal'],
  ['{$smarty.version}', 'engine-internal'],
  ['{php}echo `id`;{/php}', 'template-directive'],
]

test('expressions that calculate, climb or call are found', () => {
  for (const [value, finding] of FOUND) {
    const detection = detectTemplate(value)
    assert.equal(detection?.finding, finding, value)
    assert.notEqual(detection.confidence, 'weak', value)
  }
})

const ORDINARY: readonly string[] = [
  '{{ name }}',
  'Hello ${user.name}, total ${a * b}',
  '{% for item in items %}<li>{{ item }}</li>{% endfor %}',
  '<%= link_to "Home", root_path %>',
  '${HOME}/bin',
  '$(HOME)',
  '#{name}',
  '{{ price | currency }}',
  '[[wiki link]]',
  '{{ user.config }}',
  '@(Model.Name)',
  '<%= @user.name %>',
  '{{ t("hello") }}',
  '{% include "header.html" %}',
  'see (#12345)',
  '#if (x)',
  '${i+1}',
  'x = [[1, 2], [3, 4]]',
  "('<%s at %x>' % (self.__class__, id(self)))",
]

test('expressions that only name a value are left alone', () => {
  for (const value of ORDINARY) assert.equal(detectTemplate(value), undefined, value)
})

test('an attack in a long text is found, a calculation there is weak', () => {
  const text = 'words and words '.repeat(2_000)
  assert.equal(detectTemplate(`${text}{{''.__class__.__mro__}}`)?.confidence, 'certain')
  assert.equal(detectTemplate(`${text}{{7*7}}`)?.confidence, 'weak')
})

test('any bytes give an answer inside the value', () => {
  const noise = fc.string({ unit: fc.constantFrom(...'{}$#%<>=()[]*7_\'"@~ \n.class'), maxLength: 400 })
  fc.assert(
    fc.property(noise, (value) => {
      const detection = detectTemplate(value)
      assert.ok(detection === undefined || detection.offset + detection.length <= value.length)
    }),
    { numRuns: 500 },
  )
  for (const unit of ['{{', '${', '<%', '{', '#set(', '{{7*', '(#a=']) detectTemplate(unit.repeat(65_536 / unit.length))
})
