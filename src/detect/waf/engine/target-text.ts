import type { PatternCompiler, Selector } from './targets.ts'
import { VARIABLE_ID } from './variable-table.ts'

/**
 * Reads `VARIABLE`, `VARIABLE:name` or `VARIABLE:/pattern/` outside a rule's list of variables.
 * @returns undefined when the text does not begin with a variable
 */
export function readSelector(text: string, compile: PatternCompiler): Selector | undefined {
  const colon = text.indexOf(':')
  const variable = VARIABLE_ID.get((colon < 0 ? text : text.slice(0, colon)).trim().toUpperCase())
  if (variable === undefined) return undefined
  if (colon < 0) return { variable, key: undefined, pattern: undefined }
  const name = text.slice(colon + 1).trim()
  const pattern = patternIn(name)
  return pattern === undefined
    ? { variable, key: name.toLowerCase(), pattern: undefined }
    : { variable, key: undefined, pattern: compile(pattern) }
}

/** What stands between the slashes of `/pattern/`. */
function patternIn(name: string): string | undefined {
  const quoted = name.length > 1 && name.startsWith("'") && name.endsWith("'") ? name.slice(1, -1) : name
  return quoted.length > 2 && quoted.startsWith('/') && quoted.endsWith('/') ? quoted.slice(1, -1) : undefined
}
