import type { AttackJson, MitigationJson, VetoJson } from '#api'
import { connect } from '../client/connect.ts'
import type { ServerOptions } from '../client/server-options.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { style } from '../output/style.ts'
import { type Column, formatTable } from '../output/table.ts'

interface MitigationsAnswer {
  readonly mitigations: readonly MitigationJson[]
  readonly attacks: readonly AttackJson[]
  readonly vetoes: readonly VetoJson[]
}

interface MitigationsOptions extends ServerOptions {
  readonly limit: number
  readonly json?: boolean
}

/** Does what `tidegate firewall mitigations` says. */
export async function runFirewallMitigations(options: MitigationsOptions): Promise<ExitCode> {
  const answer = await connect(options).get<MitigationsAnswer>('/api/v1/firewall/mitigations', { limit: options.limit })
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify(answer, null, 2)}\n`)
    return EXIT.ok
  }
  const { mitigations, attacks, vetoes } = answer
  if (attacks.length > 0) process.stdout.write(`${section('Floods that go on', ATTACKS, attacks)}\n`)
  if (mitigations.length > 0) process.stdout.write(section('Rules against floods', RULES, mitigations))
  if (vetoes.length > 0) process.stdout.write(`\n${section('Vetoes', VETOES, vetoes)}`)
  if (attacks.length + mitigations.length + vetoes.length === 0) process.stderr.write('no flood was seen\n')
  return EXIT.ok
}

function section<Row>(title: string, columns: readonly Column<Row>[], rows: readonly Row[]): string {
  return `${style('bold', title)}\n${formatTable(columns, rows)}`
}

const ATTACKS: readonly Column<AttackJson>[] = [
  { title: 'BEGAN (UTC)', cell: ({ began }) => shortTime(began) },
  { title: 'DESTINATION', cell: ({ destination }) => destination },
  { title: 'CLASS', cell: (attack) => attack.class },
  { title: 'PACKETS/S', align: 'right', cell: ({ rate }) => whole(rate) },
  { title: 'PEAK', align: 'right', cell: ({ peakRate }) => whole(peakRate) },
  { title: 'PASSED', align: 'right', cell: ({ passedRate }) => whole(passedRate) },
  { title: 'RULES', cell: ({ mitigationIds, unmitigated }) => unmitigated ?? mitigationIds.join(', '), wraps: true },
]

const RULES: readonly Column<MitigationJson>[] = [
  { title: 'ID', cell: ({ id }) => id },
  { title: 'SINCE (UTC)', cell: ({ createdAt }) => shortTime(createdAt) },
  { title: 'STATE', cell: state },
  { title: 'STEP', cell: ({ step }) => step },
  { title: 'PACKETS', align: 'right', cell: ({ packets }) => (packets === undefined ? '' : String(packets)) },
  { title: 'COLLATERAL', align: 'right', cell: ({ evidence }) => collateral(evidence.collateral) },
  { title: 'WHEN', cell: ({ when }) => when, wraps: true },
]

const VETOES: readonly Column<VetoJson>[] = [
  { title: 'ID', cell: ({ id }) => id },
  { title: 'SINCE (UTC)', cell: ({ vetoedAt }) => shortTime(vetoedAt) },
  { title: 'WHEN', cell: ({ when }) => when, wraps: true },
]

function state({ active, pinned, endedBy }: MitigationJson): string {
  if (!active) return endedBy ?? 'ended'
  return pinned ? 'pinned' : 'in force'
}

function collateral({ of, highest }: MitigationJson['evidence']['collateral']): string {
  return of === 0 ? '?' : `<= ${percent(highest)}`
}

function shortTime(time: string): string {
  return time.slice(0, 19).replace('T', ' ')
}

function whole(value: number): string {
  return String(Math.round(value))
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`
}
