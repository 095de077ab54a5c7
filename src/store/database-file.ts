import { EVENT_KINDS, type EventKind } from '#events'

/** One database file: events of one kind that were stored on one day, or a part of them. */
export interface DatabaseFileName {
  readonly kind: EventKind
  /** Day of storing, UTC, as `2026-11-22`. */
  readonly day: string
  /** Rises with every file of the kind, also when the clock runs backwards. */
  readonly sequence: number
}

const NAME = new RegExp(`^(${EVENT_KINDS.join('|')})-(\\d{4}-\\d{2}-\\d{2})\\.(\\d{4,})\\.duckdb$`)

export function databaseFile(name: DatabaseFileName): string {
  return `${name.kind}-${name.day}.${String(name.sequence).padStart(4, '0')}.duckdb`
}

/** Undefined for a file that is not of the store. */
export function parseDatabaseFile(file: string): DatabaseFileName | undefined {
  const match = NAME.exec(file)
  if (match === null) return undefined
  return { kind: match[1] as EventKind, day: match[2], sequence: Number(match[3]) }
}

/** The name under which a file is attached. */
export function databaseAlias(name: DatabaseFileName): string {
  return `${name.kind}_${name.sequence}`
}
