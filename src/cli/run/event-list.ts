import type { EventJson } from '#api'
import { connect } from '../client/connect.ts'
import type { ServerOptions } from '../client/server-options.ts'
import { fetchEvents } from '../event/fetch-events.ts'
import { followEvents } from '../event/follow.ts'
import { eventLine, eventTable } from '../event/event-table.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'

interface EventListOptions extends ServerOptions {
  readonly kind?: string
  readonly since: string
  readonly until?: string
  readonly limit: number
  readonly json?: boolean
  readonly ndjson?: boolean
  readonly follow?: boolean
}

/** Does what `tidegate event list` says. */
export async function runEventList(expression: string | undefined, options: EventListOptions): Promise<ExitCode> {
  const client = connect(options)
  if (options.follow === true) {
    const show = options.json === true || options.ndjson === true ? ndjsonLine : (event: EventJson) => eventLine(event)
    return followEvents(client, { filter: expression, kind: options.kind, since: options.since }, (event) =>
      process.stdout.write(show(event)),
    )
  }
  const events = await fetchEvents(client, {
    filter: expression,
    kind: options.kind,
    since: options.since,
    until: options.until,
    limit: options.limit,
  })
  process.stdout.write(render(events, options))
  if (events.length === 0) process.stderr.write(`no event matches since ${options.since}\n`)
  return EXIT.ok
}

function render(events: readonly EventJson[], options: EventListOptions): string {
  if (options.ndjson === true) return events.map(ndjsonLine).join('')
  if (options.json === true) return `${JSON.stringify(events, null, 2)}\n`
  return events.length === 0 ? '' : eventTable(events)
}

function ndjsonLine(event: EventJson): string {
  return `${JSON.stringify(event)}\n`
}
