import assert from 'node:assert/strict'
import test from 'node:test'
import { crsDirectory, NO_CRS } from '../testing/crs.ts'
import { parsePcre } from './pcre-parser.ts'
import { Random } from './random.ts'
import { SafeRegex } from './safe-regex.ts'
import { sampleText } from './sample-text.ts'
import { askPerl, hasPerl, type OracleAnswer, type OracleMatch, type OracleQuestion } from './testing/perl-oracle.ts'
import { RandomPattern, randomValue } from './testing/random-pattern.ts'
import { crsPayloads, rulePatterns } from './testing/rule-patterns.ts'
import { translateRegex } from './translate.ts'

const noPerl = hasPerl() ? false : 'no perl'
const skip = crsDirectory() === undefined ? NO_CRS : noPerl

/** Values for one pattern: texts made from it, the same with one thing changed, and some of the payloads. */
function valuesFor(pattern: string, payloads: readonly string[], random: Random): string[] {
  const { tree } = parsePcre(pattern, false)
  const values: string[] = []
  for (let round = 0; round < 12; round++) {
    const sample = sampleText(tree, random)
    values.push(
      sample,
      changed(sample, random),
      `${random.pick(payloads).slice(0, 40)}${sample}${random.pick(' \n;a')}x`,
    )
  }
  for (let round = 0; round < 30; round++) values.push(random.pick(payloads).slice(0, 150))
  return values
}

function changed(text: string, random: Random): string {
  const at = random.below(text.length + 1)
  const byte = String.fromCharCode(random.below(256))
  return text.slice(0, at) + random.pick(['', byte, ' ', '\n', "'"]) + text.slice(at + random.below(2))
}

/** What a group holds after rounds of a loop that read nothing differs even between Perl and PCRE. */
const REPEATED_GROUP = /\)(?:[*+?]|\{)/

function faultOf(regex: SafeRegex, pattern: string, value: string, expected: OracleMatch): string | undefined {
  if (expected === 'too slow') return undefined
  const found = regex.exec(value)
  if (regex.test(value) !== (found !== undefined)) return 'test and exec differ'
  const texts = expected === 'no match' ? undefined : textsOf(value, expected)
  const shown = REPEATED_GROUP.test(pattern) && pattern.length < 100 ? 1 : undefined
  const same =
    (texts === undefined || found?.index === expected[0]) &&
    JSON.stringify(found?.groups.slice(0, shown)) === JSON.stringify(texts?.slice(0, shown))
  return same ? undefined : `found ${JSON.stringify(found)}, Perl ${JSON.stringify(texts)}`
}

function textsOf(value: string, offsets: readonly number[]): (string | undefined)[] {
  return Array.from({ length: offsets.length / 2 }, (_unused, group) =>
    offsets[2 * group] < 0 ? undefined : value.slice(offsets[2 * group], offsets[2 * group + 1]),
  )
}

function compare(questions: readonly OracleQuestion[], answers: readonly OracleAnswer[]): string[] {
  const faults: string[] = []
  for (const [index, { pattern, values }] of questions.entries()) {
    const answer = answers[index]
    if ('refused' in answer) {
      faults.push(`${pattern}: Perl refuses it: ${answer.refused}`)
      continue
    }
    const translated = translateRegex(pattern)
    if (!translated.ok) assert.fail(`${pattern}: ${translated.message}`)
    const regex = new SafeRegex(translated)
    for (const [at, value] of values.entries()) {
      const fault = faultOf(regex, pattern, value, answer[at])
      if (fault !== undefined) faults.push(`${pattern.slice(0, 200)} on ${JSON.stringify(value)}: ${fault}`)
    }
  }
  return faults
}

test('patterns of CRS 4 and 3.3 match what Perl matches, with the same groups', { skip }, () => {
  const random = new Random(1)
  const payloads = crsPayloads()
  const questions = rulePatterns().map(({ pattern }) => ({ pattern, values: valuesFor(pattern, payloads, random) }))
  assert.ok(questions.length > 400)
  assert.deepEqual(compare(questions, askPerl(questions)).slice(0, 10), [])
})

test('random patterns match what Perl matches', { skip: noPerl }, () => {
  const random = new Random(4)
  const patterns = new RandomPattern(random)
  const questions = Array.from({ length: 3_000 }, () => ({
    pattern: patterns.next(),
    values: Array.from({ length: 8 }, () => randomValue(random)),
  }))
  assert.deepEqual(compare(questions, askPerl(questions)).slice(0, 10), [])
})
