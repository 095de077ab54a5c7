import type { EventJson } from '#api'
import { printable } from '../output/printable.ts'
import { style, styleVerdict } from '../output/style.ts'
import { type Column, formatTable } from '../output/table.ts'

const COLUMNS: readonly Column<EventJson>[] = [
  { title: 'TIME (UTC)', cell: (event) => event.time.slice(0, 23).replace('T', ' ') },
  { title: 'RAY', cell: (event) => event.ray },
  {
    title: 'VERDICT',
    cell: (event) => event.decision.verdict,
    paint: (event, shown) => styleVerdict(event.decision.verdict, shown),
  },
  { title: 'STATUS', cell: (event) => fact(event, 'http.response.code'), align: 'right' },
  { title: 'CLIENT', cell: (event) => fact(event, 'ip.src') },
  { title: 'RULE', cell: (event) => event.decision.ruleId ?? '-' },
  { title: 'REQUEST', cell: request },
]

/** Events as a table, in the order given. */
export function eventTable(events: readonly EventJson[]): string {
  return formatTable(COLUMNS, events)
}

/** One event as one line without title, for a list that grows. */
export function eventLine(event: EventJson): string {
  const { verdict, ruleId, why } = event.decision
  const parts = [
    style('dim', event.time.slice(11, 23)),
    event.ray,
    styleVerdict(verdict, verdict.padEnd(8)),
    fact(event, 'http.response.code').padStart(3),
    printable(fact(event, 'ip.src')),
    printable(request(event)),
    style('dim', printable(ruleId ?? (verdict === 'allow' ? '' : why))),
  ]
  return `${parts.join('  ').trimEnd()}\n`
}

function fact(event: EventJson, name: string): string {
  const value = event.facts[name]
  return value === undefined ? '-' : String(value)
}

function request(event: EventJson): string {
  const method = event.facts['http.request.method']
  if (method === undefined) return event.decision.why
  const query = event.facts['http.request.uri.query']
  const tail = typeof query === 'string' && query !== '' ? `?${query}` : ''
  return `${String(method)} ${fact(event, 'http.host')}${fact(event, 'http.request.uri.path')}${tail}`
}
