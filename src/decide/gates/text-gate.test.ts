import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { compilePredicate } from '#rules'
import { lowerAscii } from '#wire'
import { expressionOf, READERS } from '../testing/arbitrary-policy.ts'
import type { Gate, Subject } from './gate.ts'
import { regexGate, wildcardGate } from './text-gate.ts'

const SUBJECT: Subject = {
  key: 'http.host',
  operand: { kind: 'Field', name: 'http.host', type: 'String', span: { start: 0, end: 9 } },
  each: false,
  isComputed: false,
}

/** Whether everything that a gate claims is true of `text`: more than the index asks, which relies on one claim. */
function isOpen(gate: Gate | undefined, text: string): boolean {
  if (gate === undefined) return true
  if (gate.kind === 'every') return gate.gates.every((each) => isOpen(each, text))
  if (gate.kind === 'some') return gate.gates.some((each) => isOpen(each, text))
  assert.ok(gate.kind === 'text')
  const { literal, atStart, atEnd } = gate
  const lower = lowerAscii(text)
  return lower.includes(literal) && (!atStart || lower.startsWith(literal)) && (!atEnd || lower.endsWith(literal))
}

/** The literals that a gate claims, `^` and `$` for its anchors, in brackets where one of several is enough. */
function claimsOf(gate: Gate | undefined): string {
  if (gate === undefined) return ''
  if (gate.kind === 'every') return gate.gates.map(claimsOf).join(' ')
  if (gate.kind === 'some') return `(${gate.gates.map(claimsOf).join('|')})`
  return gate.kind === 'text' ? `${gate.atStart ? '^' : ''}${gate.literal}${gate.atEnd ? '$' : ''}` : gate.kind
}

const atom = fc.constantFrom('a', 'b', 'A', 'ab', '(?:ab)', '[aA]', '[ab]', '.')
const counted = fc
  .tuple(atom, fc.constantFrom('', '', '+', '*', '?', '{2}', '{1,2}', '{0}', '+?'))
  .map(([item, count]) => {
    return item.length === 2 && count !== '' ? `(?:${item})${count}` : `${item}${count}`
  })
const sequence = fc.array(fc.oneof(counted, counted, fc.constantFrom('^', '$', '\\b')), { minLength: 1, maxLength: 5 })
const choice = fc.array(
  sequence.map((items) => items.join('')),
  { minLength: 1, maxLength: 3 },
)
const regex = fc
  .array(
    fc.oneof(
      sequence.map((items) => items.join('')),
      choice.map((options) => `(${options.join('|')})`),
    ),
    { minLength: 1, maxLength: 3 },
  )
  .map((items) => items.join(''))
const text = fc.string({ unit: fc.constantFrom('a', 'b', 'A', 'B', '-'), maxLength: 7 })

describe('regexGate', () => {
  it('claims nothing that a matching text does not have', () => {
    let matches = 0
    fc.assert(
      fc.property(
        regex,
        fc.boolean(),
        fc.array(text, { minLength: 5, maxLength: 20 }),
        (pattern, ignoreCase, texts) => {
          const written = ignoreCase ? `(?i)${pattern}` : pattern
          const holds = compilePredicate(expressionOf(`http.host matches r"${written}"`), {
            readers: READERS,
            lists: new Map(),
          })
          const gate = regexGate(SUBJECT, written)
          for (const each of texts) {
            if (!holds(new Map([['http.host', each]]))) continue
            matches++
            assert.ok(isOpen(gate, each), `${written} matches ${each}, its gate claims ${claimsOf(gate)}`)
          }
        },
      ),
      { numRuns: 2_000 },
    )
    assert.ok(matches > 500, `${matches} texts matched`)
  })

  it('finds the literals that every match holds', () => {
    const cases: readonly [string, string][] = [
      ['^/admin', '^/admin'],
      ['\\.php$', '.php$'],
      ['^/exact$', '^/exact$'],
      ['^/(old|legacy)-7/[a-z]+$', '^/ (old|legacy) -7/'],
      ['(?i)SELECT.+FROM', 'select from'],
      ['ab+c', 'ab c'],
      ['a(bc){2}d', 'abcbcd'],
      ['^a*b', 'b'],
      ['(union|)', ''],
      ['[0-9]{3}', ''],
    ]
    for (const [pattern, claims] of cases) assert.equal(claimsOf(regexGate(SUBJECT, pattern)), claims, pattern)
  })
})

describe('wildcardGate', () => {
  it('claims nothing that a matching text does not have', () => {
    const part = fc.string({ unit: fc.constantFrom('a', 'b', 'A', '-'), minLength: 1, maxLength: 3 })
    const pattern = fc
      .tuple(fc.constantFrom('', '*'), fc.array(part, { minLength: 1, maxLength: 3 }), fc.constantFrom('', '*'))
      .map(([start, parts, end]) => start + parts.join('*') + end)
    fc.assert(
      fc.property(pattern, fc.array(text, { minLength: 5, maxLength: 20 }), (written, texts) => {
        const holds = compilePredicate(expressionOf(`http.host wildcard "${written}"`), {
          readers: READERS,
          lists: new Map(),
        })
        const gate = wildcardGate(SUBJECT, written)
        for (const each of texts)
          if (holds(new Map([['http.host', each]]))) assert.ok(isOpen(gate, each), `${written} ${each}`)
      }),
      { numRuns: 2_000 },
    )
  })

  it('cuts long literals, and gives up the anchor of the side that was cut', () => {
    const long = 'x'.repeat(30)
    const cut = 'x'.repeat(24)
    assert.equal(claimsOf(wildcardGate(SUBJECT, `${long}*`)), `^${cut}`)
    assert.equal(claimsOf(wildcardGate(SUBJECT, `*${long}`)), `${cut}$`)
    assert.equal(claimsOf(wildcardGate(SUBJECT, long)), `^${cut}`)
  })
})
