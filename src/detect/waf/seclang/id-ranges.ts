/** Ids from `first` to `last`, both included. */
export interface IdRange {
  readonly first: number
  readonly last: number
}

const TOKEN = /[0-9]+|[^\s,]/g

/** Longest number that is read without loss. */
const ID_DIGITS = 15

/** Reads rule ids and ranges, such as `942100` or `1-9, 20 30-39`; undefined when something is neither, or there is none. */
export function parseIdRanges(text: string): readonly IdRange[] | undefined {
  const tokens = text.match(TOKEN) ?? []
  const ranges: IdRange[] = []
  for (let at = 0; at < tokens.length; at++) {
    const first = idOf(tokens[at])
    const isRange = tokens[at + 1] === '-'
    const last = isRange ? idOf(tokens[at + 2]) : first
    if (first === undefined || last === undefined || last < first) return undefined
    ranges.push({ first, last })
    if (isRange) at += 2
  }
  return ranges.length === 0 ? undefined : ranges
}

function idOf(token: string | undefined): number | undefined {
  return token !== undefined && /^[0-9]/.test(token) && token.length <= ID_DIGITS ? Number(token) : undefined
}

/** True when one of the ranges holds `id`. */
export function holdsId(ranges: readonly IdRange[], id: number): boolean {
  return ranges.some(({ first, last }) => id >= first && id <= last)
}
