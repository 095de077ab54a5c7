import { connect } from '../client/connect.ts'
import type { ServerOptions } from '../client/server-options.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { printable } from '../output/printable.ts'
import { formatTable } from '../output/table.ts'

interface FirewallAnswer {
  readonly policyVersion?: string
  readonly interfaces: readonly { readonly name: string; readonly direction: string; readonly mode: string }[]
  readonly revertsAt?: string
  readonly notes: readonly string[]
  readonly counters: readonly {
    readonly phase?: string
    readonly ruleId?: string
    readonly action?: string
    readonly management?: true
    readonly packets: number
    readonly bytes: number
    readonly over: number
  }[]
}

/** Does what `tidegate packet rules` says. */
export async function runPacketRules(options: ServerOptions & { readonly json?: boolean }): Promise<ExitCode> {
  const answer = await connect(options).get<FirewallAnswer>('/api/v1/firewall')
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify(answer, null, 2)}\n`)
    return EXIT.ok
  }
  const { policyVersion, interfaces, revertsAt, notes, counters } = answer
  const where = interfaces.map(({ name, direction, mode }) => `${name} ${direction} (${mode})`).join(', ')
  process.stderr.write(
    policyVersion === undefined ? 'no rule runs\n' : `policy ${policyVersion} on ${where || 'no interface'}\n`,
  )
  for (const note of notes) process.stderr.write(`${printable(note)}\n`)
  if (revertsAt !== undefined) {
    process.stderr.write(`taken back at ${revertsAt} unless confirmed with: tidegate firewall confirm\n`)
  }
  const columns = [
    { title: 'PHASE', cell: ({ phase = '' }: Counter) => phase },
    { title: 'RULE', cell: nameOf },
    { title: 'ACTION', cell: ({ action = 'allow' }: Counter) => action },
    { title: 'PACKETS', align: 'right' as const, cell: ({ packets }: Counter) => String(packets) },
    { title: 'BYTES', align: 'right' as const, cell: ({ bytes }: Counter) => String(bytes) },
    { title: 'OVER', align: 'right' as const, cell: ({ over }: Counter) => String(over) },
  ]
  process.stdout.write(formatTable(columns, counters))
  return EXIT.ok
}

type Counter = FirewallAnswer['counters'][number]

function nameOf({ ruleId, management }: Counter): string {
  return ruleId ?? (management === true ? '(management)' : '(no rule decided)')
}
