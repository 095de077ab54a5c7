import type { Directive } from './directive-reader.ts'
import type { RuleSetDraft } from './rule-set-draft.ts'
import type { SettingDefinition } from './setting-table.ts'

/** A directive that sets the engine. What has no meaning here is passed over: `SETTINGS` says why. */
export function readSetting(directive: Directive, definition: SettingDefinition, draft: RuleSetDraft): void {
  const { name, value: wanted, meaningless, refused } = definition
  const { problems, engine } = draft
  const { place } = directive.name
  if (refused !== undefined) {
    problems.refuse(place, name, `${name} is not supported: ${refused}`)
    return
  }
  if (meaningless !== undefined) return
  const words = directive.arguments.map(({ text }) => text)
  const fault = settingFault(definition, words)
  if (fault !== undefined) {
    problems.report(directive.arguments[0]?.place ?? place, `${name} expects ${fault}`)
    return
  }
  if (wanted.kind === 'clear') {
    engine.set(wanted.list, { value: '', place })
    return
  }
  const key = name.toLowerCase()
  const earlier = wanted.kind === 'list' ? (engine.get(key)?.value ?? '') : ''
  engine.set(key, { value: [earlier, ...words].filter((word) => word !== '').join(' '), place })
}

/** What was expected instead of these words; undefined when they can be used. */
function settingFault({ value: wanted }: SettingDefinition, words: readonly string[]): string | undefined {
  const found = words.length === 0 ? 'nothing' : words.join(' ')
  const [word = ''] = words
  switch (wanted.kind) {
    case 'word':
      return words.length === 1 && wanted.words.some((known) => known.toLowerCase() === word.toLowerCase())
        ? undefined
        : `${wanted.words.join(' or ')}, found ${found}`
    case 'number':
      return words.length === 1 && /^[0-9]{1,15}$/.test(word) ? undefined : `a number, found ${found}`
    case 'text':
      return words.length === 1 && (wanted.pattern?.test(word) ?? true)
        ? undefined
        : `${wanted.expected ?? 'one value'}, found ${found}`
    case 'list':
      return words.length > 0 ? undefined : 'at least one value'
    case 'clear':
      return words.length === 0 ? undefined : `no value, found ${found}`
    case 'anything':
      return undefined
  }
}
