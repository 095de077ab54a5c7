import type { FlowFacts } from '#detect'
import { type ExportedAt, flowLine } from '#workbench/captures'
import { formatTable } from '../output/table.ts'
import { PROTOCOL_NAMES } from '../packet/protocol-names.ts'

/** One flow as the table shows it. */
export interface FlowTableRow {
  readonly time: string
  readonly from: string
  readonly to: string
  readonly protocol: string
  readonly flags: string
  readonly packets: string
  readonly bytes: string
  readonly seconds: string
  readonly sampled: string
  readonly exporter: string
}

const FLAG_LETTERS = 'FSRPAUEC'

export function tableRow(flow: FlowFacts, at: ExportedAt): FlowTableRow {
  const { time = '', facts } = flowLine(flow, at)
  const text = (name: string): string => String(facts[name] ?? '')
  const end = (side: 'src' | 'dst'): string => {
    const port = facts[`l4.${side}port`]
    const address = text(`ip.${side}`)
    if (port === undefined) return address
    return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
  }
  const { 'ip.proto': protocol, 'tcp.flags': flags, 'flow.duration': durationMs, 'flow.sampling_rate': rate } = facts
  return {
    time: time.slice(0, -1).replace('T', ' '),
    from: end('src'),
    to: end('dst'),
    protocol: PROTOCOL_NAMES.get(Number(protocol)) ?? text('ip.proto'),
    flags: typeof flags === 'number' ? [...FLAG_LETTERS].filter((_, bit) => (flags & (1 << bit)) !== 0).join('') : '',
    packets: text('flow.packets'),
    bytes: text('flow.bytes'),
    seconds: typeof durationMs === 'number' ? (durationMs / 1000).toFixed(1) : '',
    sampled: rate === undefined || rate === 1 ? '' : `1:${rate}`,
    exporter: text('flow.exporter'),
  }
}

export function flowTable(rows: readonly FlowTableRow[]): string {
  return formatTable<FlowTableRow>(
    [
      { title: 'END (UTC)', cell: ({ time }) => time },
      { title: 'SOURCE', cell: ({ from }) => from },
      { title: 'DESTINATION', cell: ({ to }) => to },
      { title: 'PROTOCOL', cell: ({ protocol }) => protocol },
      { title: 'FLAGS', cell: ({ flags }) => flags },
      { title: 'PACKETS', align: 'right', cell: ({ packets }) => packets },
      { title: 'BYTES', align: 'right', cell: ({ bytes }) => bytes },
      { title: 'SECONDS', align: 'right', cell: ({ seconds }) => seconds },
      { title: 'SAMPLED', align: 'right', cell: ({ sampled }) => sampled },
      { title: 'EXPORTER', cell: ({ exporter }) => exporter },
    ],
    rows,
  )
}
