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
  const about = new Map(filter.conjuncts.map((conjunct) => [conjunct.about, `  looks at: ${conjunct.about}`]))
  lines.push(...about.values())
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
      {
        title: 'VALUE',
        cell: ({ value, note }) => (note === undefined ? shortened(value) : `${shortened(value)} (${note})`),
      },
    ],
    telling(attributes).slice(0, SHOWN_ATTRIBUTES),
  )
}

/** Rows of equal shares, which are the same rows in other words most of the time. */
const EQUAL_SHARES = 4

/** Without what says for the fifth time which rows are meant. */
function telling(attributes: readonly Attribute[]): readonly Attribute[] {
  const counts = new Map<string, number>()
  return attributes.filter(({ bad, good }) => {
    const key = `${bad}/${good}`
    const count = (counts.get(key) ?? 0) + 1
    counts.set(key, count)
    return count <= EQUAL_SHARES
  })
}

const VALUE_CHARACTERS = 100

function shortened(value: Attribute['value']): string {
  const text = String(value)
  return text.length > VALUE_CHARACTERS ? `${text.slice(0, VALUE_CHARACTERS)}...` : text
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
