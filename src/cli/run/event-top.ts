import { connect } from '../client/connect.ts'
import type { ServerOptions } from '../client/server-options.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { formatTable } from '../output/table.ts'

interface TopEntry {
  readonly value: string | number | boolean | null
  readonly count: number
  readonly error: number
}

interface TopAnswer {
  readonly field: string
  readonly values: readonly TopEntry[]
  readonly distinct: number
  readonly total: { readonly count: number }
}

interface EventTopOptions extends ServerOptions {
  readonly kind?: string
  readonly since: string
  readonly until?: string
  readonly limit: number
  readonly json?: boolean
}

/** Does what `tidegate event top FIELD` says. */
export async function runEventTop(
  field: string,
  filter: string | undefined,
  options: EventTopOptions,
): Promise<ExitCode> {
  const { kind, since, until, limit } = options
  const answer = await connect(options).get<TopAnswer>('/api/v1/events/top', {
    field,
    filter,
    kind,
    since,
    until,
    limit,
  })
  process.stdout.write(options.json === true ? `${JSON.stringify(answer, null, 2)}\n` : render(answer))
  if (answer.values.length === 0) process.stderr.write(`no event matches since ${since}\n`)
  return EXIT.ok
}

function render(answer: TopAnswer): string {
  if (answer.values.length === 0) return ''
  const total = answer.total.count
  const estimated = answer.values.some((entry) => entry.error > 0)
  return formatTable<TopEntry>(
    [
      { title: 'EVENTS', align: 'right', cell: (entry) => whole(entry.count) },
      ...(estimated ? [{ title: '+-', align: 'right' as const, cell: (entry: TopEntry) => whole(entry.error) }] : []),
      { title: 'SHARE', align: 'right', cell: (entry) => `${((entry.count / total) * 100).toFixed(1)} %` },
      { title: answer.field, cell: (entry) => (entry.value === null ? '(absent)' : String(entry.value)) },
    ],
    answer.values,
  )
}

function whole(value: number): string {
  return String(Math.round(value))
}
