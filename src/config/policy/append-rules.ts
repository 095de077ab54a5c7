import type { Phase } from '#decide'
import { isMap, isSeq, parseAllDocuments, stringify } from 'yaml'
import type { Config } from '../config.ts'
import { currentText, policyFile, replacePolicyFile, type WrittenRules } from './replace-policy-file.ts'

/** Rules as a policy file writes them: plain data. */
export interface NewRules {
  readonly phase: Phase
  readonly rules: readonly object[]
}

/**
 * Adds rules to a policy file, after those of their phase that stand there; everything else of the file stays as it is, byte
 * for byte. The policy as a whole is validated before anything is written.
 * @param file path of a file of the policy folder; it is created when it is missing
 * @throws TidegateError ERR_USAGE when the file is not one of the policy, or was changed meanwhile; InvalidFilesError
 *   ERR_POLICY_INVALID when the policy would not be valid
 */
export function appendRules(config: Config, file: string, { phase, rules }: NewRules): WrittenRules {
  const target = policyFile(config.policyDirectory, file)
  const before = currentText(target)
  return replacePolicyFile(config, target, before, withRules(before ?? '', phase, rules))
}

function withRules(text: string, phase: Phase, rules: readonly object[]): string {
  const place = lastRulesOf(text, phase)
  if (place === undefined) {
    const document = stringify({ phase, rules }, { lineWidth: 0 })
    const separator = text.trim() === '' ? '' : '---\n'
    return `${endedLine(text)}${separator}${document}`
  }
  const written = stringify(rules, { lineWidth: 0 }).replace(/^(?=.)/gm, ' '.repeat(place.indent))
  return `${endedLine(text.slice(0, place.end))}${written}${text.slice(place.end)}`
}

function endedLine(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`
}

/** Where the last list of rules of a phase ends, when it is written one rule below the other. */
function lastRulesOf(text: string, phase: Phase): { readonly end: number; readonly indent: number } | undefined {
  const documents = parseAllDocuments(text)
  for (const { contents } of Array.isArray(documents) ? documents.toReversed() : []) {
    if (!isMap(contents)) continue
    const [written, rules]: readonly unknown[] = [contents.get('phase'), contents.get('rules')]
    if (written !== phase) continue
    if (!isSeq(rules) || rules.flow === true || !rules.range || rules.items.length === 0) continue
    const [start, valueEnd] = rules.range
    const lineEnd = text[valueEnd - 1] === '\n' ? valueEnd : text.indexOf('\n', valueEnd) + 1
    const indent = start - (text.lastIndexOf('\n', start - 1) + 1)
    return { end: lineEnd === 0 ? text.length : lineEnd, indent }
  }
  return undefined
}
