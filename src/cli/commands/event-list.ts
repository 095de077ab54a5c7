import { Command } from 'commander'
import type { EventJson } from '#api'
import type { ApiClient } from '../client/api-client.ts'
import { connect } from '../client/connect.ts'
import { serverOptions, type ServerOptions } from '../client/server-options.ts'
import { onRun } from '../command.ts'
import { followEvents } from '../event/follow.ts'
import { eventLine, eventTable } from '../event/event-table.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { positiveInteger } from '../option-value.ts'

const PAGE = 1000

interface EventListOptions extends ServerOptions {
  readonly since: string
  readonly until?: string
  readonly limit: number
  readonly json?: boolean
  readonly ndjson?: boolean
  readonly follow?: boolean
}

/** `tidegate event list`. */
export function eventListCommand(): Command {
  const command = serverOptions(
    new Command('list')
      .description('list events that match an expression, newest first')
      .argument('[expression]', 'of the rules language; every event without it')
      .option('--since <time>', 'duration before now (10m, 24h) or RFC 3339 time', '1h')
      .option('--until <time>', 'end, as --since')
      .option('--limit <n>', 'most events to list', positiveInteger, 50)
      .option('--json', 'print one JSON array')
      .option('--ndjson', 'print one JSON object a line')
      .option('-f, --follow', 'go on with new events as they come, oldest first'),
  )
  return onRun(command, runEventList)
}

async function runEventList(expression: string | undefined, options: EventListOptions): Promise<ExitCode> {
  const client = connect(options)
  if (options.follow === true) {
    const show = options.json === true || options.ndjson === true ? ndjsonLine : eventLine
    return followEvents(client, expression, options.since, (event) => process.stdout.write(show(event)))
  }
  const events = await fetchEvents(client, expression, options)
  process.stdout.write(render(events, options))
  if (events.length === 0) process.stderr.write(`no event matches since ${options.since}\n`)
  return EXIT.ok
}

async function fetchEvents(
  client: ApiClient,
  filter: string | undefined,
  options: EventListOptions,
): Promise<readonly EventJson[]> {
  const events: EventJson[] = []
  let cursor: string | undefined
  do {
    const page: { readonly events: readonly EventJson[]; readonly cursor?: string } = await client.get(
      '/api/v1/events',
      {
        filter,
        since: options.since,
        until: options.until,
        limit: Math.min(PAGE, options.limit - events.length),
        cursor,
      },
    )
    events.push(...page.events)
    cursor = page.cursor
  } while (cursor !== undefined && events.length < options.limit)
  return events
}

function render(events: readonly EventJson[], options: EventListOptions): string {
  if (options.ndjson === true) return events.map(ndjsonLine).join('')
  if (options.json === true) return `${JSON.stringify(events, null, 2)}\n`
  return events.length === 0 ? '' : eventTable(events)
}

function ndjsonLine(event: EventJson): string {
  return `${JSON.stringify(event)}\n`
}
