import type { Attribute, CompareReport, FilterReport } from '#workbench'
import { printable } from '../output/printable.ts'
import { style, type Style } from '../output/style.ts'
import { formatTable } from '../output/table.ts'

const SHOWN_ATTRIBUTES = 25

const ADVICE: Readonly<Record<CompareReport['advice'], { readonly word: string; readonly style: Style }>> = {
  block: { word: 'block', style: 'green' },
  challenge: { word: 'challenge', style: 'yellow' },
  rate_limit: { word: 'rate limit', style: 'yellow' },
  none: { word: 'no filter', style: 'red' },
}

/** A comparison for people. */
export function compareText(report: CompareReport): string {
  const { bad, good, filters, attributes, notes, advice, why, kind, level } = report
  const { word, style: colour } = ADVICE[advice]
  const head = [
    `${counted(bad.rows)} bad and ${counted(good.rows)} good ${level ?? `rows of kind ${kind}`}`,
    ...excessLines(report),
    `${style(colour, word)}: ${printable(why)}`,
    ...notes.map((note) => `note: ${printable(note)}`),
  ]
  const sections = [head.join('\n'), ...filters.map(filterText)]
  if (attributes.length > 0) sections.push(attributesText(attributes))
  return `${sections.map((section) => section.trimEnd()).join('\n\n')}\n`
}

function excessLines({ excess }: CompareReport): string[] {
  if (excess === undefined) return []
  const { rows, share: part, baselineScale } = excess
  return [`${counted(rows)} rows (${percent(part)}) more than the good side scaled by ${baselineScale.toPrecision(3)}`]
}

function filterText(filter: FilterReport, index: number): string {
  const [low, high] = filter.collateralInterval
  const lines = [
    `${style('bold', `Filter ${index + 1}`)}  ${printable(filter.when)}`,
    `  selects ${percent(filter.coverage)} of the bad rows, ${percent(filter.collateral)} of the good ones (95 %: ${percent(low)} to ${percent(high)})`,
    `  can be enforced by ${filter.points.join(', ')}`,
  ]
  if (filter.packets !== undefined) {
    const { coverage, collateral } = filter.packets
    lines.splice(
      2,
      0,
      `  which are in ${percent(coverage)} of the bad packets, and in ${percent(collateral)} of the good ones`,
    )
  }
  if (filter.conjuncts.length < 2) return lines.join('\n')
  const table = formatTable(
    [
      { title: 'BAD ALONE', align: 'right', cell: ({ alone }) => percent(alone.coverage) },
      { title: 'GOOD ALONE', align: 'right', cell: ({ alone }) => percent(alone.collateral) },
      { title: 'GOOD SPARED', align: 'right', cell: ({ removes }) => percent(removes.collateral) },
      { title: 'CONDITION', cell: ({ when }) => when },
    ],
    filter.conjuncts,
  )
  return `${lines.join('\n')}\n${table}`
}

function attributesText(attributes: readonly Attribute[]): string {
  return formatTable(
    [
      { title: 'BAD', align: 'right', cell: ({ bad }) => percent(bad) },
      { title: 'GOOD', align: 'right', cell: ({ good }) => percent(good) },
      { title: 'FIELD', cell: ({ field }) => field },
      { title: 'VALUE', cell: ({ value, note }) => (note === undefined ? String(value) : `${value} (${note})`) },
    ],
    attributes.slice(0, SHOWN_ATTRIBUTES),
  )
}

function counted(rows: number): string {
  return rows.toLocaleString('en-US')
}

/** A share as a person reads it: more digits where they count. */
function percent(share: number): string {
  const value = share * 100
  if (Number.isInteger(value)) return `${value} %`
  const distance = Math.min(Math.abs(value), Math.abs(100 - value))
  return `${value.toFixed(distance < 0.01 ? 4 : distance < 1 ? 2 : 1)} %`
}
