import assert from 'node:assert/strict'
import test from 'node:test'
import { matchDetectSqli, matchDetectXss } from './operators.ts'

test('@detectSQLi matches attacks, and of the weak findings those that rules expect', () => {
  const cases: readonly [value: string, finding: string | undefined][] = [
    ['1 or 1=1', 'boolean-constants'],
    ["x'and 526=527", 'boolean-constants'],
    ['x@a.example" sleep(10.to_i) "', 'time-delay'],
    ['sleep(20)', 'delay-call'],
    ['/a/*b*/2 union all/c', 'union-fragment'],
    ["/a/9'union all/b", undefined],
    ["/a/24'union all select 1,2,3 from b/c", 'union-select'],
    // A path is no expression: what follows its slashes divides nothing.
    ['/a/24 union all select 1,2,3 from b/c', undefined],
    ['select * from users', undefined],
    ["O'Neil", undefined],
  ]
  for (const [value, finding] of cases) assert.equal(matchDetectSqli(value)?.finding, finding, value)
})

test('@detectXSS does the same', () => {
  const cases: readonly [value: string, finding: string | undefined][] = [
    ['/a?b=<x:script xmlns:x="y" src="data:,z" />', 'script-element'],
    ['www.a.example<script><img><iframe>', 'script-element'],
    ['/a/"onmouseover=\'prompt(document.cookie)\'"', 'attribute-breakout'],
    ['<svg>', 'active-element'],
    ['http://www.a.example/', undefined],
    ['see document.cookie', undefined],
    ['<b>x</b>', undefined],
  ]
  for (const [value, finding] of cases) assert.equal(matchDetectXss(value)?.finding, finding, value)
})
