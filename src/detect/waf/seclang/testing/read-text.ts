import assert from 'node:assert/strict'
import { InvalidRulesError, loadSecRules, type SecRule, type SecRuleSet } from '../index.ts'

/** The rule set of a text. */
export function readText(text: string, accept: readonly string[] = []): SecRuleSet {
  return loadSecRules({ before: [{ file: 't.conf', text }], accept })
}

/** The rules of a text, without its markers. */
export function rulesOf(text: string): readonly SecRule[] {
  return readText(text).items.filter((item) => item.type === 'rule')
}

/** `line:column message` of everything that is wrong with a text. */
export function problemsOf(text: string): readonly string[] {
  try {
    readText(text)
  } catch (error) {
    assert.ok(error instanceof InvalidRulesError, String(error))
    return error.problems.map(({ place, message }) => `${place.line}:${place.column} ${message}`)
  }
  return []
}
