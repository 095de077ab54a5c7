import { existsSync, statSync } from 'node:fs'
import { type EventJson, parseMomentMicros } from '#api'
import { FIELD_BY_NAME, type FieldValue } from '#fields'
import { TidegateError } from '#kernel'
import { type FactRow, factValue, openPopulation, type SideSource } from '#workbench'
import type { ApiClient } from '../client/api-client.ts'
import { type EventQuery, fetchEvents } from '../event/fetch-events.ts'

/** One side of a comparison as the command was given it. */
export type Side =
  | { readonly type: 'file'; readonly path: string }
  | { readonly type: 'expression'; readonly text: string }

/** Longest path that is looked for; longer texts are expressions. */
const PATH_CHARACTERS = 4096
const LOOKS_LIKE_FILE = /\.(?:ndjson|jsonl|json|pcap|pcapng|cap)(?:\.gz)?$/i

/** What is a file is one, everything else an expression. */
export function sideOf(text: string): Side {
  const isFile = text.length < PATH_CHARACTERS && existsSync(text) && !statSync(text).isDirectory()
  // A name that is not there is better told as such than as a fault of an expression.
  return isFile || LOOKS_LIKE_FILE.test(text) ? { type: 'file', path: text } : { type: 'expression', text }
}

/** Events that are fetched of an expression that is compared with a file: the newest. */
const FETCHED = 50_000

/** The events of an expression, fetched from a server, so that they can be compared with a file. */
export async function fetchedSide(
  client: ApiClient,
  query: Pick<EventQuery, 'kind' | 'since' | 'until'> & { readonly filter: string },
): Promise<SideSource> {
  const events = await fetchEvents(client, { ...query, limit: FETCHED })
  const notes =
    events.length < FETCHED ? [] : [`${query.filter}: only the newest ${FETCHED} events were compared with the file`]
  return { from: 'rows', rows: events.map(rowOf), notes }
}

function rowOf({ time, facts }: EventJson): FactRow {
  const values: Record<string, FieldValue | undefined> = {}
  for (const [name, json] of Object.entries(facts)) {
    const field = FIELD_BY_NAME.get(name)
    if (field !== undefined) values[name] = factValue(json, field)
  }
  return { timeMicros: Date.parse(time) * 1000, facts: values }
}

/** Rows by which the end of a file is found. */
const TIMED_ROWS = 20_000

/**
 * One file as both sides: its rows from `since` on (before its last row, or a time) are the window, those before it the
 * baseline.
 * @throws TidegateError ERR_USAGE when its rows have no times
 */
export async function splitFile(
  path: string,
  since: string,
): Promise<{ readonly bad: SideSource; readonly good: SideSource }> {
  const { rows } = await (await openPopulation(path)).sample(TIMED_ROWS, 1)
  const last = rows.reduce((latest, { timeMicros }) => Math.max(latest, timeMicros ?? 0), 0)
  const sinceMicros = parseMomentMicros(since, last)
  if (sinceMicros === undefined || last === 0) {
    throw new TidegateError('ERR_USAGE', last === 0 ? `${path}: rows have no times` : `--since "${since}" is no time`, {
      source: 'client',
      remedy: 'Give --good, or --since with a duration before the end of the file such as 10m.',
    })
  }
  return {
    bad: { from: 'file', path, window: { sinceMicros } },
    good: { from: 'file', path, window: { untilMicros: sinceMicros } },
  }
}
