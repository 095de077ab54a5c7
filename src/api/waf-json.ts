import type { StoredMatch } from '#events'
import { readable } from './readable.ts'
import type { WafMatchJson } from './schema/waf.ts'

/** The matches of an event as the API shows them. @param text the fact `waf.matches`; undefined when it cannot be read */
export function wafMatchesJson(text: string): WafMatchJson[] | undefined {
  const stored = parsed(text)
  return Array.isArray(stored) ? (stored as StoredMatch[]).map(matchJson) : undefined
}

/** The fact `waf.settings`; undefined when it cannot be read. */
export function wafSettingsJson(text: string): unknown {
  return parsed(text)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Hashed by `events.redact`: there is nothing to show.
    return undefined
  }
}

function matchJson(match: StoredMatch): WafMatchJson {
  const { value, matchOffset, matchLength, variable, message, trail, finding, ...rest } = match
  const parts = matchOffset === undefined ? undefined : partsOf(value, matchOffset, matchLength ?? 0)
  return {
    ...rest,
    message: readable(message),
    variable: readable(variable),
    trail: [...trail],
    value: readable(value),
    ...(finding !== undefined && { finding: readable(finding) }),
    ...(matchOffset !== undefined && { matchOffset }),
    ...(matchLength !== undefined && { matchLength }),
    ...(parts !== undefined && { parts }),
  }
}

/** Offsets count bytes: the parts are cut before bytes become text. */
function partsOf(value: string, offset: number, length: number): string[] {
  return [value.slice(0, offset), value.slice(offset, offset + length), value.slice(offset + length)].map(readable)
}
