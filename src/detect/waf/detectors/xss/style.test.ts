import assert from 'node:assert/strict'
import test from 'node:test'
import { styleRuns } from './style.ts'

test('styles that run script, and styles that do not', () => {
  const cases: readonly [style: string, runs: boolean][] = [
    ['width:expression(alert(1))', true],
    ['width: EXPRESSION (alert(1))', true],
    ['x:exp/* */ression(1)', true],
    ['x:\\65 xpression(1)', true],
    ['x:\\000065xpression(1)', true],
    ['behavior:url(x.htc)', true],
    ['-moz-binding:url(//a)', true],
    ["@import 'javascript:x'", true],
    ['background:url("javascript:x")', true],
    ['color:red; width:calc(1px + 2px)', false],
    ['background:url(a.png)', false],
    ['content:"an expression"', false],
    ['scroll-behavior:smooth', false],
    ["@import url('a.css')", false],
    ['x:/* open', false],
    ['', false],
  ]
  for (const [style, runs] of cases) assert.equal(styleRuns(style, 0, style.length), runs, style)
})
