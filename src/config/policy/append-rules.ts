import { chmodSync, existsSync, mkdirSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import type { Phase } from '#decide'
import { TidegateError } from '#kernel'
import { isMap, isSeq, parseAllDocuments, stringify } from 'yaml'
import type { Config } from '../config.ts'
import { readText } from '../source/read-text.ts'
import { writeFileAtomically } from '../source/write-file.ts'
import { parsePolicy } from './parse-policy.ts'
import { archivedSources, directorySources, type PolicySources } from './policy-sources.ts'

/** Where rules were written. */
export interface WrittenRules {
  readonly file: string
  /** Policy version that the folder has now. */
  readonly version: string
}

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
  const text = withRules(before ?? '', phase, rules)
  const name = basename(target)
  const sources = withText(directorySources(config.policyDirectory), name, text)
  const siteNames = new Set(config.edge.sites.map((site) => site.name))
  const { policy } = parsePolicy(sources, { siteNames, nowMs: Date.now() })
  if (currentText(target) !== before) {
    throw new TidegateError('ERR_USAGE', `${target} was changed by somebody else meanwhile`, {
      source: 'environment',
      retry: true,
      remedy: 'Look at the change, then try again.',
    })
  }
  writeKeepingMode(target, text)
  return { file: target, version: policy.version }
}

/** The file in the policy folder that a path names. */
function policyFile(directory: string, file: string): string {
  const path = resolve(file)
  if (relative(resolve(directory), path) !== basename(path) || !/^[^.].*\.ya?ml$/.test(basename(path))) {
    throw new TidegateError('ERR_USAGE', `${file} is no file of the policy`, {
      source: 'client',
      remedy: `Name one such as ${join(directory, 'waf.yaml')}.`,
    })
  }
  return path
}

function currentText(file: string): string | undefined {
  if (!existsSync(file)) return undefined
  const content = readText(file)
  if ('text' in content) return content.text
  throw new TidegateError('ERR_USAGE', `cannot read ${file}: ${content.fault}`, {
    source: 'environment',
    remedy: 'Correct its rights, or name another file of the policy.',
    cause: content.cause,
  })
}

/** The sources with one file replaced, or added. */
function withText(sources: PolicySources | undefined, name: string, text: string): PolicySources {
  const { files, shown, read } = sources ?? archivedSources(new Map())
  return {
    files: files.includes(name) ? files : [...files, name].sort(),
    shown,
    read: (path) => (path === name ? { text } : read(path)),
  }
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

/** The server may run as another user: who could read the file still can. A link stays one. */
function writeKeepingMode(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true })
  const exists = existsSync(file)
  const path = exists ? realpathSync(file) : file
  const mode = exists ? statSync(path).mode & 0o777 : 0o666 & ~process.umask()
  writeFileAtomically(path, text)
  chmodSync(path, mode)
}
