import type { CaptureReport, Finding, FlowSummary, RequestTiming, Severity } from '#workbench'
import { counted } from '#workbench/captures'
import { printable } from '../output/printable.ts'
import { style, type Style } from '../output/style.ts'
import { formatTable } from '../output/table.ts'
import { windowWidth, wrapText } from '../output/window.ts'
import { exportsText } from './exports-text.ts'

const SEVERITY_STYLE: Readonly<Record<Severity, Style>> = { high: 'red', medium: 'yellow', low: 'cyan', info: 'dim' }
const FRAMES_SHOWN = 8
const INDENT = '  '

/** What was found, for people: causes first, then what they are not, and who exported flows. */
export function findingsText(report: CaptureReport): string {
  const { packets, flows, findings, refuted } = report
  const opened = report.capture.openedSessions
  const found = findings.length === 0 ? `${style('green', 'Nothing is wrong')} as far as can be seen.\n` : ''
  return (
    `${counted(packets, 'packet')}, ${counted(flows, 'flow')}, ${(report.capture.durationMs / 1000).toFixed(1)} s` +
    (report.capture.start === undefined ? '' : ` from ${report.capture.start}`) +
    `${opened === 0 ? '' : `, ${counted(opened, 'TLS session')} read with secrets`}\n\n` +
    found +
    findings.map(findingText).join('\n') +
    (refuted.length === 0
      ? ''
      : `\n${style('bold', 'Ruled out')}\n${refuted.map((line) => `${INDENT}${printable(line)}\n`).join('')}`) +
    (report.exports === undefined ? '' : exportsText(report.exports))
  )
}

function findingText({ kind, severity, side, frames, text, next }: Finding): string {
  const room = windowWidth()
  const wrapped = (prefix: string, words: string): string =>
    wrapText(printable(words), room === undefined ? undefined : room - prefix.length)
      .map((line, index) => `${index === 0 ? prefix : ' '.repeat(prefix.length)}${line}\n`)
      .join('')
  const more = frames.length > FRAMES_SHOWN ? ` and ${frames.length - FRAMES_SHOWN} more` : ''
  return (
    `${style(SEVERITY_STYLE[severity], severity.padEnd(6))} ${style('bold', kind)}  (${side})\n` +
    wrapped(INDENT, text) +
    (frames.length === 0
      ? ''
      : `${INDENT}${style('dim', 'frames')} ${frames.slice(0, FRAMES_SHOWN).join(', ')}${more}\n`) +
    wrapped(`${INDENT}next: `, next)
  )
}

/** What else the capture holds. */
export function trafficText({ protocols, conversations, topFlows, timings, capture }: CaptureReport): string {
  const sections: [string, string][] = [
    ['Protocols', formatTable([{ title: 'PROTOCOL', cell: ({ protocol }) => protocol }, ...COUNTS], protocols)],
    [
      'Conversations',
      formatTable(
        [{ title: 'HOST', cell: ({ a }) => a }, { title: 'HOST', cell: ({ b }) => b }, ...COUNTS],
        conversations,
      ),
    ],
    ['Largest flows', formatTable(FLOW_COLUMNS, topFlows)],
    ['Slowest requests', timings.length === 0 ? '' : formatTable(TIMING_COLUMNS, timings)],
    ['Capture', captureLines(capture)],
  ]
  return sections
    .filter(([, text]) => text !== '')
    .map(([title, text]) => `\n${style('bold', title)}\n${text}`)
    .join('')
}

interface Counted {
  readonly flows: number
  readonly packets: number
  readonly bytes: number
}

const COUNTS = [
  { title: 'FLOWS', align: 'right' as const, cell: ({ flows }: Counted) => String(flows) },
  { title: 'PACKETS', align: 'right' as const, cell: ({ packets }: Counted) => String(packets) },
  { title: 'BYTES', align: 'right' as const, cell: ({ bytes }: Counted) => String(bytes) },
]

const FLOW_COLUMNS = [
  { title: 'CLIENT', cell: ({ client }: FlowSummary) => client },
  { title: 'SERVER', cell: ({ server }: FlowSummary) => server },
  { title: 'PROTOCOL', cell: ({ protocol, content }: FlowSummary) => content ?? protocol },
  { title: 'SECONDS', align: 'right' as const, cell: ({ durationMs }: FlowSummary) => (durationMs / 1000).toFixed(3) },
  { title: 'BYTES', align: 'right' as const, cell: ({ bytes: [up, down] }: FlowSummary) => `${up} / ${down}` },
  { title: 'RTT MS', align: 'right' as const, cell: ({ roundTripMs }: FlowSummary) => roundTripMs?.toFixed(1) ?? '' },
  { title: 'RESENT', align: 'right' as const, cell: ({ retransmissions }: FlowSummary) => String(retransmissions) },
  { title: 'END', cell: ({ close }: FlowSummary) => close },
]

const milliseconds = (value: number | undefined): string => value?.toFixed(1) ?? ''

const TIMING_COLUMNS = [
  { title: 'FRAME', align: 'right' as const, cell: ({ frame }: RequestTiming) => String(frame) },
  { title: 'STATUS', cell: ({ status }: RequestTiming) => String(status ?? '') },
  { title: 'RTT MS', align: 'right' as const, cell: ({ roundTripMs }: RequestTiming) => milliseconds(roundTripMs) },
  { title: 'CLIENT MS', align: 'right' as const, cell: ({ clientMs }: RequestTiming) => milliseconds(clientMs) },
  { title: 'SERVER MS', align: 'right' as const, cell: ({ serverMs }: RequestTiming) => milliseconds(serverMs) },
  { title: 'TRANSFER MS', align: 'right' as const, cell: ({ transferMs }: RequestTiming) => milliseconds(transferMs) },
  { title: 'MOSTLY', cell: ({ mostly }: RequestTiming) => mostly },
  { title: 'REQUEST', cell: ({ request }: RequestTiming) => request },
]

function captureLines({
  bytes,
  snappedPackets,
  duplicateFrames,
  droppedByCapture,
  notes,
}: CaptureReport['capture']): string {
  const facts = [
    `${bytes} bytes`,
    ...(snappedPackets > 0 ? [`${snappedPackets} packets kept in part`] : []),
    ...(duplicateFrames > 0 ? [`${duplicateFrames} frames twice`] : []),
    ...(droppedByCapture === undefined ? [] : [`${droppedByCapture} packets missed by the capturing program`]),
    ...notes.map(printable),
  ]
  return facts.map((fact) => `${INDENT}${fact}\n`).join('')
}
