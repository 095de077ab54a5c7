import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { LiteralAutomaton } from './literal-automaton.ts'
import { wordsFor } from './words.ts'

interface Wanted {
  readonly literal: string
  readonly atStart: boolean
  readonly atEnd: boolean
}

function firedRules(wanted: readonly Wanted[], text: string): number[] {
  const words = wordsFor(wanted.length)
  new LiteralAutomaton(wanted.map((each, rule) => ({ ...each, rules: Uint32Array.of(rule) }))).scan(text, words)
  return wanted.flatMap((_, rule) => (((words[rule >>> 5] >>> (rule & 31)) & 1) === 1 ? [rule] : []))
}

function stands({ literal, atStart, atEnd }: Wanted, text: string): boolean {
  const lower = text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
  if (atStart && atEnd) return lower === literal
  if (atStart) return lower.startsWith(literal)
  return atEnd ? lower.endsWith(literal) : lower.includes(literal)
}

describe('LiteralAutomaton', () => {
  it('finds exactly the literals that stand in the text', () => {
    // Few letters, so that literals overlap, end in one another and share beginnings.
    const letter = fc.constantFrom('a', 'b', 'c', '/', '\xc4', '\x00')
    const literal = fc.string({ unit: letter, minLength: 1, maxLength: 5 })
    const wanted = fc.record({ literal, atStart: fc.boolean(), atEnd: fc.boolean() })
    const text = fc.string({
      unit: fc.constantFrom('a', 'b', 'c', 'A', 'B', 'C', '/', '\xc4', '\xe4', '\x00', 'z'),
      maxLength: 20,
    })
    fc.assert(
      fc.property(fc.array(wanted, { minLength: 1, maxLength: 40 }), text, (all, value) => {
        const expected = all.flatMap((each, rule) => (stands(each, value) ? [rule] : []))
        assert.deepEqual(firedRules(all, value), expected)
      }),
      { numRuns: 2_000 },
    )
  })

  it('finds a literal inside another that fails late', () => {
    const wanted = ['hers', 'he', 'she', 'his'].map((literal) => ({ literal, atStart: false, atEnd: false }))
    assert.deepEqual(firedRules(wanted, 'ushers'), [0, 1, 2])
  })
})
