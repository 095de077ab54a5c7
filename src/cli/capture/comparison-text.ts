import type { CaptureComparison } from '#workbench'
import { counted } from '#workbench/captures'
import { style } from '../output/style.ts'
import { printable } from '../output/printable.ts'
import { formatTable } from '../output/table.ts'

const ROWS_MOST = 30
const ROLES_MOST = 8

type Difference = CaptureComparison['differences'][number]

/** A comparison of two captures for people. */
export function comparisonText(comparison: CaptureComparison): string {
  const { a, b, first, differences, durations, findingsA, findingsB } = comparison
  const sections = [
    `A: ${sizes(a)}\nB: ${sizes(b)}`,
    first === undefined
      ? 'No step of a conversation differs by more than chance.'
      : `${style('bold', 'First difference')}: ${sentence(first)}`,
    ...roles('Only in A', comparison.onlyA),
    ...roles('Only in B', comparison.onlyB),
    ...findings('Wrong in A alone', findingsA),
    ...findings('Wrong in B alone', findingsB),
  ]
  if (differences.length > 0) sections.push(differencesText(differences))
  if (durations.length > 0) sections.push(durationsText(comparison))
  return `${sections.map((section) => section.trimEnd()).join('\n\n')}\n`
}

function sizes({ packets, flows, conversations }: CaptureComparison['a']): string {
  return [counted(packets, 'packet'), counted(flows, 'flow'), counted(conversations, 'conversation')].join(', ')
}

function sentence({ role, step, fact, value, a, b, frames, framesOf }: Difference): string {
  const what = fact === 'reached' ? 'is reached' : `${fact} is ${printable(value)}`
  const shares = `in ${percent(a)} of A and ${percent(b)} of B`
  const where = frames.length === 0 ? '' : ` (${framesOf.toUpperCase()}: frames ${frames.join(', ')})`
  return `${printable(role)}, ${step}: ${what} ${shares}${where}`
}

function roles(title: string, counts: CaptureComparison['onlyA']): string[] {
  if (counts.length === 0) return []
  const lines = counts.slice(0, ROLES_MOST).map(({ role, conversations }) => `  ${printable(role)} (${conversations})`)
  const more = counts.length > ROLES_MOST ? [`  and ${counts.length - ROLES_MOST} more`] : []
  return [[style('bold', title), ...lines, ...more].join('\n')]
}

function findings(title: string, found: CaptureComparison['findingsA']): string[] {
  if (found.length === 0) return []
  const lines = found
    .slice(0, ROLES_MOST)
    .map(({ severity, kind, text }) => `  ${severity} ${kind}: ${printable(text)}`)
  return [[style('bold', title), ...lines].join('\n')]
}

function differencesText(differences: readonly Difference[]): string {
  const shown = differences.slice(0, ROWS_MOST)
  const table = formatTable<Difference>(
    [
      { title: 'STEP', cell: ({ step }) => step },
      { title: 'A', align: 'right', cell: ({ a }) => percent(a) },
      { title: 'B', align: 'right', cell: ({ b }) => percent(b) },
      { title: 'FACT', cell: ({ fact }) => fact },
      { title: 'VALUE', cell: ({ value }) => value },
      { title: 'CONVERSATION', cell: ({ role }) => role },
    ],
    shown,
  )
  const rest = differences.length - shown.length
  return rest > 0 ? `${table}and ${rest} more (--json shows all)` : table
}

function durationsText({ durations }: CaptureComparison): string {
  return formatTable<CaptureComparison['durations'][number]>(
    [
      { title: 'STEP', cell: ({ step }) => step },
      { title: 'A MS', align: 'right', cell: ({ aMs }) => aMs.toFixed(1) },
      { title: 'B MS', align: 'right', cell: ({ bMs }) => bMs.toFixed(1) },
      { title: 'DURATION', cell: ({ duration }) => duration },
      { title: 'CONVERSATION', cell: ({ role }) => role },
    ],
    durations.slice(0, ROWS_MOST),
  )
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share > 0 && share < 0.01 ? 1 : 0)} %`
}
