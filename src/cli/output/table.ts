import { printable } from './printable.ts'
import { style } from './style.ts'

export interface Column<Row> {
  readonly title: string
  /** Plain text of a cell; made safe for the terminal here. */
  readonly cell: (row: Row) => string
  readonly align?: 'left' | 'right'
  /** Colours the padded cell. */
  readonly paint?: (row: Row, shown: string) => string
}

const GAP = '  '

/**
 * Rows as an aligned table with a title line. On a terminal the last column is cut to the width of the window, so that
 * a row stays a line; in a pipe nothing is cut.
 */
export function formatTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const cells = rows.map((row) => columns.map((column) => printable(column.cell(row))))
  const widths = columns.map((column, i) =>
    cells.reduce((width, line) => Math.max(width, line[i].length), column.title.length),
  )
  const head = columns.map((column, i) => pad(column.title, widths[i], column.align, i === columns.length - 1))
  const lines = [style('bold', head.join(GAP))]
  for (const [r, line] of cells.entries()) {
    const shown = columns.map((column, i) => {
      const last = i === columns.length - 1
      const padded = pad(last ? cutToWindow(line[i], widths.slice(0, -1)) : line[i], widths[i], column.align, last)
      return column.paint === undefined ? padded : column.paint(rows[r], padded)
    })
    lines.push(shown.join(GAP))
  }
  return `${lines.join('\n')}\n`
}

function pad(text: string, width: number, align: 'left' | 'right' = 'left', last: boolean): string {
  if (align === 'right') return text.padStart(width)
  return last ? text : text.padEnd(width)
}

function cutToWindow(text: string, widthsBefore: readonly number[]): string {
  const window = process.stdout.isTTY ? process.stdout.columns : undefined
  if (window === undefined) return text
  const room = window - widthsBefore.reduce((sum, width) => sum + width + GAP.length, 0)
  return room >= 8 && text.length > room ? `${text.slice(0, room - 1)}…` : text
}
