import { join } from 'node:path'
import { TidegateError } from '#kernel'
import { isMap, isPair, isScalar, isSeq, type Pair, parseAllDocuments, type YAMLMap, type YAMLSeq } from 'yaml'
import type { Config } from '../config.ts'
import { directorySources } from './policy-sources.ts'
import { replacePolicyFile, type WrittenRules } from './replace-policy-file.ts'

/** What is to be different about one rule. */
export interface RuleChange {
  readonly mode?: 'enforce' | 'log'
  /** A date or time as a policy file writes it; null takes the expiry away. */
  readonly expires?: string | null
  /** Takes the whole rule out. */
  readonly remove?: true
}

/**
 * Changes one rule where it stands; everything else of its file stays as it is, byte for byte. The policy as a whole is
 * validated before anything is written.
 * @throws TidegateError ERR_NOT_FOUND when no file has the rule; as `appendRules`
 */
export function changeRule(config: Config, id: string, change: RuleChange): WrittenRules {
  const sources = directorySources(config.policyDirectory)
  for (const file of sources?.files ?? []) {
    const read = sources?.read(file)
    if (read === undefined || 'fault' in read) continue
    const text = changedText(read.text, id, change)
    if (text !== undefined) return replacePolicyFile(config, join(config.policyDirectory, file), read.text, text)
  }
  throw new TidegateError('ERR_NOT_FOUND', `no file of ${config.policyDirectory} has a rule ${id}`, {
    source: 'client',
    remedy: 'The ids of all rules are in the answer of GET /api/v1/policy.',
  })
}

/** The text with the rule changed; undefined when it is not there. */
function changedText(text: string, id: string, { mode, expires, remove }: RuleChange): string | undefined {
  const find = (current: string): YAMLMap => foundRule(current, id)!.rule
  const found = foundRule(text, id)
  if (found === undefined) return undefined
  if (remove === true) return withoutRule(text, found)
  let changed = text
  // Each change moves what stands behind it: the rule is found again.
  if (mode !== undefined) changed = withValue(changed, find(changed), 'mode', mode === 'enforce' ? null : mode)
  if (expires !== undefined) changed = withValue(changed, find(changed), 'expires', expires)
  return changed
}

interface FoundRule {
  readonly rule: YAMLMap
  readonly list: YAMLSeq
}

function foundRule(text: string, id: string): FoundRule | undefined {
  const documents = parseAllDocuments(text)
  if (!Array.isArray(documents)) return undefined
  for (const { contents } of documents) {
    const rules: unknown = isMap(contents) ? contents.get('rules') : undefined
    if (!isSeq(rules)) continue
    const found = rules.items.find((item) => isMap(item) && item.get('id') === id)
    if (isMap(found)) return { rule: found, list: rules }
  }
  return undefined
}

/** Sets one scalar of a rule, or takes it away. */
function withValue(text: string, rule: YAMLMap, key: string, value: string | null): string {
  const pair = rule.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === key)
  if (pair !== undefined) return value === null ? withoutPair(text, rule, pair) : withScalar(text, pair, value)
  if (value === null) return text
  const [first] = rule.items
  const at = startOf(first)
  const separator = rule.flow === true ? ', ' : `\n${' '.repeat(at - lineStart(text, at))}`
  const end = endOf(first)
  return `${text.slice(0, end)}${separator}${key}: ${value}${text.slice(end)}`
}

function withScalar(text: string, pair: Pair, value: string): string {
  if (!isScalar(pair.value) || !pair.value.range) throw notScalar(pair)
  const [start, end] = pair.value.range
  return `${text.slice(0, start)}${value}${text.slice(end)}`
}

/** Takes a pair away: its line in a block; in `{ }` with the comma that belongs to it. */
function withoutPair(text: string, rule: YAMLMap, pair: Pair): string {
  const start = startOf(pair)
  const end = endOf(pair)
  if (rule.flow === true) return withoutFlowItem(text, start, end)
  const lineEnd = text.indexOf('\n', end)
  // The first key of a block stands behind the dash of its item: the next key takes its place.
  const isFirst = rule.items[0] === pair
  if (isFirst) return text.slice(0, start) + text.slice(rule.items.length > 1 ? startOf(rule.items[1]) : end)
  return text.slice(0, lineStart(text, start)) + (lineEnd < 0 ? '' : text.slice(lineEnd + 1))
}

/** Takes a rule out of its list; the list keeps its other rules. */
function withoutRule(text: string, { rule, list }: FoundRule): string {
  if (!rule.range) throw new TidegateError('ERR_INVARIANT', 'a rule without a place', { source: 'internal' })
  const [start, end] = rule.range
  if (list.flow === true) return withoutFlowItem(text, start, end)
  const dash = text.lastIndexOf('-', start)
  const itemStart = lineStart(text, dash)
  const lineEnd = text.indexOf('\n', Math.max(end - 1, start))
  return text.slice(0, itemStart) + (lineEnd < 0 ? '' : text.slice(lineEnd + 1))
}

/** Takes something out of `[ ]` or `{ }`, with the comma that belongs to it. */
function withoutFlowItem(text: string, start: number, end: number): string {
  const before = /,\s*$/.exec(text.slice(0, start))
  if (before !== null) return text.slice(0, before.index) + text.slice(end)
  return text.slice(0, start) + text.slice(end).replace(/^\s*,\s*/, '')
}

function startOf({ key }: Pair): number {
  if (isScalar(key) && key.range) return key.range[0]
  throw new TidegateError('ERR_INVARIANT', 'a key without a place', { source: 'internal' })
}

function endOf(pair: Pair): number {
  const { value } = pair
  if (typeof value === 'object' && value !== null && 'range' in value && Array.isArray(value.range)) {
    return Number(value.range[1])
  }
  throw notScalar(pair)
}

function notScalar({ key }: Pair): TidegateError {
  return new TidegateError('ERR_USAGE', `${String(key)} of the rule is written so that it cannot be changed in place`, {
    source: 'client',
    remedy: 'Change it by hand.',
  })
}

function lineStart(text: string, at: number): number {
  return text.lastIndexOf('\n', at - 1) + 1
}
