import { printable } from './printable.ts'
import { style } from './style.ts'
import { cutTo, windowWidth, wrapText } from './window.ts'

export interface Column<Row> {
  readonly title: string
  /** Plain text of a cell; made safe for the terminal here. */
  readonly cell: (row: Row) => string
  readonly align?: 'left' | 'right'
  /** Goes on below when there is too little room, in place of being cut; for prose in the last column. */
  readonly wraps?: boolean
  /** Colours the padded cell. */
  readonly paint?: (row: Row, shown: string) => string
}

const GAP = '  '
/** What begins a further line of a row. */
const INDENT = '    '
/** Narrower than this, the last column goes to a line of its own. */
const LAST_COLUMN_LEAST = 24

/**
 * Rows as an aligned table with a title line. On a terminal that is too narrow for all columns a row takes several lines,
 * the last column is cut, and nothing wraps; in a pipe a row is always one whole line.
 * @param window columns of the terminal; undefined for a pipe
 */
export function formatTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  window: number | undefined = windowWidth(),
): string {
  const cells = rows.map((row) => columns.map((column) => printable(column.cell(row))))
  const widths = columns.map((column, i) =>
    cells.reduce((width, line) => Math.max(width, line[i].length), column.title.length),
  )
  const layout = window === undefined ? [columns.map((_, i) => i)] : linesOf(widths, window)
  const render = (line: readonly string[], paint: (column: number, shown: string) => string): string[] =>
    layout.flatMap((indexes, at) => {
      const start = at === 0 ? '' : INDENT
      const end = indexes[indexes.length - 1]
      const before = indexes.slice(0, -1).map((i) => paint(i, pad(line[i], widths[i], columns[i].align)) + GAP)
      const used = indexes.slice(0, -1).reduce((sum, i) => sum + widths[i] + GAP.length, start.length)
      const room = window === undefined ? undefined : window - used
      const [first, ...rest] = endLines(columns[end].wraps === true, line[end], room)
      const shown = columns[end].align === 'right' ? first.padStart(widths[end]) : first
      return [start + before.join('') + paint(end, shown), ...rest.map((text) => ' '.repeat(used) + paint(end, text))]
    })
  const titles = columns.map((column) => column.title)
  const lines = render(titles, (_, shown) => style('bold', shown))
  for (const [r, line] of cells.entries()) {
    lines.push(...render(line, (i, shown) => columns[i].paint?.(rows[r], shown) ?? shown))
  }
  return `${lines.join('\n')}\n`
}

/** Which columns stand on which line of a row: as many on each as the window has room for. */
function linesOf(widths: readonly number[], window: number): readonly (readonly number[])[] {
  const lines: number[][] = [[]]
  let used = 0
  for (const [i, width] of widths.entries()) {
    const needed = i === widths.length - 1 ? Math.min(width, LAST_COLUMN_LEAST) : width
    if (used > 0 && used + needed > window) {
      lines.push([])
      used = INDENT.length
    }
    lines[lines.length - 1].push(i)
    used += width + GAP.length
  }
  return lines
}

/** The last cell of a line: in one piece that is cut to the room there is, or over several lines. */
function endLines(wraps: boolean, text: string, room: number | undefined): readonly string[] {
  if (room === undefined) return [text]
  return wraps ? wrapText(text, room) : [cutTo(text, room)]
}

function pad(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  return align === 'right' ? text.padStart(width) : text.padEnd(width)
}
