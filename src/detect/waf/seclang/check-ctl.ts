import { CTL_NAMES, CTL_OPTIONS, type CtlValue } from './ctl-table.ts'
import { parseIdRanges } from './id-ranges.ts'
import { parseVariables } from './parse-variables.ts'
import { PlacedText } from './placed-text.ts'
import { didYouMean, type Problems } from './problems.ts'

const PATTERNS: Readonly<Partial<Record<CtlValue, { readonly pattern: RegExp; readonly expected: string }>>> = {
  'on-off': { pattern: /^(?:on|off)$/i, expected: 'On or Off' },
  'engine-mode': { pattern: /^(?:on|off|detectiononly)$/i, expected: 'On, Off or DetectionOnly' },
  number: { pattern: /^[0-9]{1,15}$/, expected: 'a number' },
  processor: { pattern: /^(?:urlencoded|multipart|json|xml)$/i, expected: 'URLENCODED, MULTIPART, JSON or XML' },
  text: { pattern: /./, expected: 'a value' },
}

/**
 * Checks the value of a `ctl` action and reports what is wrong with it.
 * @param written where the value stands
 * @param value the value without quotes
 */
export function checkCtl(written: PlacedText, value: string, problems: Problems): boolean {
  const equals = value.indexOf('=')
  if (equals < 0) {
    problems.report(written.place, `expected ctl:option=value, found ${value}`)
    return false
  }
  const name = value.slice(0, equals).trim()
  const definition = CTL_OPTIONS.get(name.toLowerCase())
  if (definition === undefined) {
    problems.refuse(written.place, `ctl:${name}`, `unknown option ctl:${name}${didYouMean(name, CTL_NAMES)}`)
    return false
  }
  if (definition.refused !== undefined) {
    problems.refuse(written.place, `ctl:${definition.name}`, `ctl:${name} is not supported: ${definition.refused}`)
    return false
  }
  const setting = value.slice(equals + 1).trim()
  const expected = expectedInstead(definition.value, setting)
  if (expected !== undefined) {
    problems.report(written.place, `expected ${expected} behind ctl:${definition.name}=, found ${setting}`)
    return false
  }
  return !definition.value.endsWith('-and-target') || checkTarget(setting, written, problems)
}

/** What was expected instead of this setting; undefined when it can be used. */
function expectedInstead(kind: CtlValue, setting: string): string | undefined {
  const shape = PATTERNS[kind]
  if (shape !== undefined) return shape.pattern.test(setting) ? undefined : shape.expected
  const [rules, target] = splitTarget(setting)
  if (!kind.startsWith('text') && parseIdRanges(rules) === undefined) return 'a rule id or a range such as 1000-1999'
  const targetMissing = kind.endsWith('-and-target') && (rules === '' || target === '')
  return targetMissing ? 'rules and a variable such as 942100;ARGS:comment' : undefined
}

/** The rules and the variable of a `rules;VARIABLE` setting. */
function splitTarget(setting: string): [rules: string, target: string] {
  const semicolon = setting.indexOf(';')
  return semicolon < 0 ? [setting, ''] : [setting.slice(0, semicolon), setting.slice(semicolon + 1)]
}

function checkTarget(setting: string, written: PlacedText, problems: Problems): boolean {
  const [, target] = splitTarget(setting)
  const start = written.text.lastIndexOf(target)
  // With an escaped quote inside, the target does not stand in the file as it is.
  const placed = start < 0 ? PlacedText.of(target, written.place) : written.slice(start, start + target.length)
  return parseVariables(placed, problems).length > 0
}
