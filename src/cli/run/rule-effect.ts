import { connect } from '../client/connect.ts'
import type { ApiClient } from '../client/api-client.ts'
import type { ServerOptions } from '../client/server-options.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { localConfig } from '../local-config.ts'
import { formatTable } from '../output/table.ts'
import { forecastPerHour, readStaged, type StagedRule } from '../staged/staged-rule.ts'

interface HitsJson {
  readonly mode: string
  readonly since: string
  readonly until: string
  readonly verdicts: readonly { readonly verdict: string; readonly count: number; readonly error: number }[]
}

/** What the rule matched in a span of time. */
interface Span {
  readonly what: 'forecast' | 'logged' | 'enforced'
  readonly hours: number
  readonly events: number
  readonly perHour: number
  /** Times the forecast. */
  readonly ratio: number | undefined
  readonly verdicts: Readonly<Record<string, number>>
}

interface EffectOptions extends ServerOptions {
  readonly json?: boolean
}

const HOUR_MS = 3_600_000

/** Does what `tidegate rule effect ID` says. */
export async function runRuleEffect(id: string, options: EffectOptions): Promise<ExitCode> {
  const staged = readStaged(localConfig(options.config), id)
  const client = connect(options)
  const { stagedAt, promotedAt } = staged
  const logged = await spanOf(client, staged, 'logged', stagedAt, promotedAt)
  const enforced =
    promotedAt === undefined ? undefined : await spanOf(client, staged, 'enforced', promotedAt, undefined)
  const spans = [forecastOf(staged), logged, ...(enforced === undefined ? [] : [enforced])]
  const advice = adviceOf(enforced ?? logged)
  if (options.json === true) process.stdout.write(`${JSON.stringify({ ...staged, spans, advice }, null, 2)}\n`)
  else process.stdout.write(`${table(spans)}\n${advice}\n`)
  return EXIT.ok
}

function forecastOf(staged: StagedRule): Span {
  const { since, until, matched } = staged.forecast
  const hours = (Date.parse(until) - Date.parse(since)) / HOUR_MS
  return {
    what: 'forecast',
    hours,
    events: matched,
    perHour: forecastPerHour(staged).matched,
    ratio: undefined,
    verdicts: {},
  }
}

async function spanOf(
  client: ApiClient,
  staged: StagedRule,
  what: Span['what'],
  since: string,
  until: string | undefined,
): Promise<Span> {
  const answer = await client.get<HitsJson>(`/api/v1/rules/${encodeURIComponent(staged.id)}/hits`, { since, until })
  const hours = Math.max((Date.parse(answer.until) - Date.parse(answer.since)) / HOUR_MS, 1 / 3600)
  const events = answer.verdicts.reduce((sum, { count }) => sum + count, 0)
  const perHour = events / hours
  const expected = forecastPerHour(staged).matched
  return {
    what,
    hours,
    events,
    perHour,
    ratio: expected === 0 ? undefined : perHour / expected,
    verdicts: Object.fromEntries(answer.verdicts.map(({ verdict, count }) => [verdict, count])),
  }
}

/** Beyond this the traffic is not what the forecast was made from. */
const UNLIKE = 3
const FEW_EVENTS = 20

function adviceOf({ ratio, events, what }: Span): string {
  if (ratio === undefined) {
    return events === 0
      ? 'It matches nothing, as forecast.'
      : 'The forecast was that it matches nothing: look at what it hits now.'
  }
  if (events < FEW_EVENTS && ratio < UNLIKE) return 'Too few events yet to compare with the forecast.'
  if (ratio > UNLIKE) return `It hits ${ratio.toFixed(1)} times as much as forecast: look at whom, before it goes on.`
  if (ratio < 1 / UNLIKE) {
    return what === 'enforced'
      ? 'It hits much less than forecast: whoever it was made for stopped, or changed.'
      : 'It hits much less than forecast: the traffic it was made for is over, or changed.'
  }
  return 'It hits about what was forecast.'
}

function table(spans: readonly Span[]): string {
  return formatTable<Span>(
    [
      { title: '', cell: ({ what }) => what },
      { title: 'HOURS', align: 'right', cell: ({ hours }) => hours.toFixed(1) },
      { title: 'EVENTS', align: 'right', cell: ({ events }) => String(Math.round(events)) },
      { title: 'AN HOUR', align: 'right', cell: ({ perHour }) => perHour.toFixed(1) },
      {
        title: 'OF FORECAST',
        align: 'right',
        cell: ({ ratio }) => (ratio === undefined ? '' : `${(ratio * 100).toFixed(0)} %`),
      },
      {
        title: 'VERDICTS',
        cell: ({ verdicts }) =>
          Object.entries(verdicts)
            .map(([verdict, count]) => `${verdict} ${Math.round(count)}`)
            .join(', '),
      },
    ],
    spans,
  )
}
