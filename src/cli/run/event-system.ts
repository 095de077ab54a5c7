import { connect } from '../client/connect.ts'
import type { ServerOptions } from '../client/server-options.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { formatTable } from '../output/table.ts'

interface SystemEventJson {
  readonly time: string
  readonly level: string
  readonly code: string
  readonly message: string
}

interface EventSystemOptions extends ServerOptions {
  readonly since: string
  readonly until?: string
  readonly limit: number
  readonly json?: boolean
}

/** Does what `tidegate event system` says. */
export async function runEventSystem(options: EventSystemOptions): Promise<ExitCode> {
  const { since, until, limit } = options
  const path = '/api/v1/system-events'
  const { events } = await connect(options).get<{ readonly events: readonly SystemEventJson[] }>(path, {
    since,
    until,
    limit,
  })
  process.stdout.write(options.json === true ? `${JSON.stringify(events, null, 2)}\n` : render(events))
  if (events.length === 0) process.stderr.write(`nothing happened since ${since}\n`)
  return EXIT.ok
}

function render(events: readonly SystemEventJson[]): string {
  if (events.length === 0) return ''
  return formatTable<SystemEventJson>(
    [
      { title: 'TIME (UTC)', cell: ({ time }) => time.slice(0, 23).replace('T', ' ') },
      { title: 'LEVEL', cell: ({ level }) => level },
      { title: 'CODE', cell: ({ code }) => code },
      { title: 'WHAT HAPPENED', cell: ({ message }) => message, wraps: true },
    ],
    events,
  )
}
