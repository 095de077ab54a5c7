import type { ExportStreamSummary, ExportSummary } from '#workbench'
import { counted } from '#workbench/captures'
import { style } from '../output/style.ts'
import { type Column, formatTable } from '../output/table.ts'

const ROWS_MOST = 12

/** Who exported flows, for people. */
export function exportsText({ datagrams, records, packets, bytes, streams, streamCount }: ExportSummary): string {
  const shown = streams.slice(0, ROWS_MOST)
  const rest = streamCount - shown.length
  return (
    `\n${style('bold', 'Flow exports')}\n` +
    `${counted(datagrams, 'datagram')} ${datagrams === 1 ? 'tells' : 'tell'} ${counted(records, 'flow')}: ` +
    `${counted(packets, 'packet')}, ${counted(bytes, 'byte')}\n` +
    (shown.length === 0 ? '' : formatTable(COLUMNS, shown)) +
    (rest > 0 ? `and ${counted(rest, 'more exporter')} (--json shows more)\n` : '')
  )
}

function count(title: string, cell: (stream: ExportStreamSummary) => number): Column<ExportStreamSummary> {
  return { title, align: 'right', cell: (stream) => String(cell(stream)) }
}

const COLUMNS: readonly Column<ExportStreamSummary>[] = [
  { title: 'EXPORTER', cell: ({ exporter }) => exporter },
  { title: 'PROTOCOL', cell: ({ protocol }) => protocol },
  count('DOMAIN', ({ domain }) => domain),
  count('FLOWS', ({ records }) => records),
  count('PACKETS', ({ packets }) => packets),
  count('BYTES', ({ bytes }) => bytes),
  { title: 'SAMPLED', align: 'right', cell: ({ samplingRates }) => samplingRates.map((rate) => `1:${rate}`).join(' ') },
  count('TEMPLATES', ({ templates }) => templates),
  count('UNREADABLE', ({ setsWithoutTemplate }) => setsWithoutTemplate),
  { title: 'LOST', align: 'right', cell: ({ lost, lostUnit }) => (lost === 0 ? '0' : `${lost} ${lostUnit}`) },
  {
    title: 'DELAY S',
    align: 'right',
    cell: ({ averageDelayMs }) => (averageDelayMs === undefined ? '' : (averageDelayMs / 1000).toFixed(1)),
  },
]
