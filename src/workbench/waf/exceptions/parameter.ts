import { exactPattern, patternOfName } from './name-pattern.ts'

/** Collections of single values: what follows a colon is no name. */
const UNNAMED: ReadonlySet<string> = new Set(['XML'])
/** What the rules made up themselves, and counts, cannot be left out of what a client sent. */
const NO_VARIABLE = /^(?:TX|GLOBAL|IP|SESSION|USER|RESOURCE|ENV|RULE|MATCHED_VARS?)\b/
const VARIABLE = /^([A-Z][A-Z_]*)(?::([^]*))?$/
/** Names of clients are stored up to this length: of a longer one only the start is known. */
const KNOWN_NAME_LENGTH = 256

/** Where something matched, as an exception can name it. */
export interface Place {
  readonly collection: string
  /** Undefined: all of the collection. */
  readonly name: string | undefined
}

/** The place of a variable of an event, such as `ARGS:q`; undefined when exceptions cannot name it. */
export function placeOf(variable: string): Place | undefined {
  const text = variable.replace(/^MATCHED_VARS:(?=[A-Z_]+:)/, '')
  const [, collection, name] = VARIABLE.exec(text) ?? []
  if (collection === undefined || NO_VARIABLE.test(text) || variable.length >= KNOWN_NAME_LENGTH) return undefined
  return { collection, name: UNNAMED.has(collection) ? undefined : name }
}

/** What stays the same of places that differ in the numbers of their names only. */
export function placeKey({ collection, name }: Place): string {
  return name === undefined ? collection : `${collection}:${patternOfName(name, '.') ?? name.toLowerCase()}`
}

/**
 * The `parameters` of an exception for places with one `placeKey`: exact when they are all the same, unless `wantsPattern` asks
 * for all places that differ in numbers only.
 */
export function parameterOf(places: readonly Place[], wantsPattern = false): string {
  const [{ collection, name }] = places
  if (name === undefined) return collection
  const isOne = places.every((place) => place.name === name)
  const pattern = isOne && !wantsPattern ? undefined : patternOfName(name, '.')
  if (pattern !== undefined) return `${collection}:/${pattern}/`
  // A star or slashes would mean more than themselves.
  return /[*]|^\/.*\/$/.test(name) ? `${collection}:/${exactPattern(name)}/` : `${collection}:${name}`
}

/** Whether what `parameterOf` wrote means a variable of an event; names are compared without case. */
export function meansVariable(parameter: string, variable: string): boolean {
  const place = placeOf(variable)
  const wanted = placeOf(parameter)
  if (place === undefined || wanted === undefined || place.collection !== wanted.collection) return false
  if (wanted.name === undefined) return true
  if (place.name === undefined) return false
  const pattern = /^\/([^]+)\/$/.exec(wanted.name)?.[1]
  if (pattern === undefined) return place.name.toLowerCase() === wanted.name.toLowerCase()
  return new RegExp(pattern, 'i').test(Buffer.from(place.name, 'utf8').toString('latin1'))
}
