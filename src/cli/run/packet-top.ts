import { connect } from '../client/connect.ts'
import type { ServerOptions } from '../client/server-options.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { formatTable } from '../output/table.ts'
import { PROTOCOL_NAMES } from '../packet/protocol-names.ts'

interface TopAnswer {
  readonly seconds: number
  readonly flows: readonly {
    readonly source: string
    readonly destination: string
    readonly protocol: number
    readonly destinationPort?: number
    readonly interface: string
    readonly direction: string
    readonly verdict: string
    readonly ruleId?: string
    readonly packets: number
    readonly bytes: number
  }[]
}

type Flow = TopAnswer['flows'][number]

interface PacketTopOptions extends ServerOptions {
  readonly limit: number
  readonly json?: boolean
}

/** Does what `tidegate packet top` says. */
export async function runPacketTop(options: PacketTopOptions): Promise<ExitCode> {
  const answer = await connect(options).get<TopAnswer>(`/api/v1/firewall/top?limit=${options.limit}`)
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify(answer, null, 2)}\n`)
    return EXIT.ok
  }
  const seconds = Math.max(answer.seconds, 1)
  const columns = [
    { title: 'PACKETS/S', align: 'right' as const, cell: ({ packets }: Flow) => (packets / seconds).toFixed(1) },
    { title: 'KBIT/S', align: 'right' as const, cell: ({ bytes }: Flow) => ((bytes * 8) / 1000 / seconds).toFixed(1) },
    { title: 'SOURCE', cell: ({ source }: Flow) => source },
    { title: 'DESTINATION', cell: ({ destination }: Flow) => destination },
    { title: 'PROTOCOL', cell: ({ protocol }: Flow) => PROTOCOL_NAMES.get(protocol) ?? String(protocol) },
    { title: 'PORT', align: 'right' as const, cell: ({ destinationPort }: Flow) => String(destinationPort ?? '') },
    { title: 'WHERE', cell: ({ interface: name, direction }: Flow) => `${name} ${direction}` },
    { title: 'VERDICT', cell: ({ verdict }: Flow) => verdict },
    { title: 'RULE', cell: ({ ruleId = '' }: Flow) => ruleId },
  ]
  process.stdout.write(formatTable(columns, answer.flows))
  return EXIT.ok
}
