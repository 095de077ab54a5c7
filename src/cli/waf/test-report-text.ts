import type { GroupTally, TestedRequest } from '#workbench'
import { style } from '../output/style.ts'
import { type Column, formatTable } from '../output/table.ts'
import { requestLine } from './shown-request.ts'
import { shownRequests } from './test-report-json.ts'
import type { ShownRequests, TestedSubject } from './tested-subject.ts'

/** Characters of a request in a table. */
const REQUEST_LENGTH = 160
const SHOWN_FINDINGS = 3

/** What a test of one subject found out: shares by class, then the requests that went wrong, or those that were asked for. */
export function testReportText(
  { subject, settings, tested, report }: TestedSubject,
  show: ShownRequests | undefined,
  limit: number,
): string {
  const parts = [`${style('bold', subject)}: ${settings}\n`]
  if (report.attacks.length > 0) parts.push(tallyTable('ATTACKS', report.attacks, 'all attacks'))
  if (report.benign.length > 0) parts.push(tallyTable('HARMLESS', report.benign, 'all harmless'))
  if (show === undefined) {
    if (report.attacks.length > 0) parts.push(requestList('attacks that pass', report.missed, limit))
    if (report.benign.length > 0)
      parts.push(requestList('harmless requests that are blocked', report.wronglyStopped, limit))
  } else {
    const title = show === 'blocked' ? 'what is blocked' : 'what passes'
    parts.push(requestList(title, shownRequests(tested, show), limit))
  }
  return parts.filter((part) => part !== '').join('\n')
}

function tallyTable(title: string, tallies: readonly GroupTally[], sumTitle: string): string {
  const columns: Column<GroupTally>[] = [
    { title, cell: ({ group }) => group },
    { title: 'SENT', cell: ({ requests }) => String(requests), align: 'right' },
    { title: 'BLOCKED', cell: ({ stopped }) => String(stopped), align: 'right' },
    { title: 'SHARE', cell: ({ stopped, logged, requests }) => share(stopped + logged, requests), align: 'right' },
    { title: 'PASSED', cell: ({ passed }) => String(passed), align: 'right' },
  ]
  if (tallies.some(({ logged }) => logged > 0)) {
    columns.splice(3, 0, { title: 'WOULD BLOCK', cell: ({ logged }) => String(logged), align: 'right' })
  }
  if (tallies.some(({ failed }) => failed > 0)) {
    columns.push({ title: 'FAILED', cell: ({ failed }) => String(failed), align: 'right' })
  }
  return formatTable(columns, tallies.length > 1 ? [...tallies, sumOf(tallies, sumTitle)] : tallies)
}

function sumOf(tallies: readonly GroupTally[], group: string): GroupTally {
  const sum = (read: (tally: GroupTally) => number): number => tallies.reduce((total, tally) => total + read(tally), 0)
  return {
    group,
    requests: sum(({ requests }) => requests),
    stopped: sum(({ stopped }) => stopped),
    logged: sum(({ logged }) => logged),
    passed: sum(({ passed }) => passed),
    failed: sum(({ failed }) => failed),
  }
}

function share(count: number, total: number): string {
  return `${((100 * count) / total).toFixed(1)} %`
}

const LIST_COLUMNS: readonly Column<TestedRequest>[] = [
  { title: 'REQUEST', cell: ({ request }) => request.id },
  {
    title: 'SCORE',
    cell: ({ outcome }) => (outcome.score === undefined ? '-' : String(outcome.score)),
    align: 'right',
  },
  {
    title: 'RULE',
    cell: ({ outcome }) => distinct(outcome.findings.map(({ ruleId }) => ruleId)) ?? outcome.ruleId ?? '-',
  },
  { title: 'IN', cell: ({ outcome }) => distinct(outcome.findings.map(({ variable }) => variable)) ?? '-' },
  { title: 'WHY', cell: ({ outcome }) => (outcome.treatment === 'passed' ? 'passed' : outcome.why) },
  { title: 'SENT', cell: ({ request }) => requestLine(request.sample).slice(0, REQUEST_LENGTH) },
]

/** Each once, the first few; undefined when there is none. */
function distinct(texts: readonly (string | undefined)[]): string | undefined {
  const found = [...new Set(texts)].filter((text) => text !== undefined)
  if (found.length === 0) return undefined
  const more = found.length - SHOWN_FINDINGS
  return found.slice(0, SHOWN_FINDINGS).join(', ') + (more > 0 ? ` +${more}` : '')
}

function requestList(title: string, tested: readonly TestedRequest[], limit: number): string {
  const head = `${style('bold', title)}: ${tested.length}\n`
  if (tested.length === 0) return head
  const more = tested.length - limit
  const rest = more > 0 ? `and ${more} more: --limit shows more, --json all\n` : ''
  return head + formatTable(LIST_COLUMNS, tested.slice(0, limit)) + rest
}
