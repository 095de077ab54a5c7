/** Prints rows as an aligned text table on standard output; numbers are right-aligned. */
export function printTable(
  title: string,
  header: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): void {
  const text = rows.map((row) => row.map(String))
  const widths = header.map((name, i) => Math.max(name.length, ...text.map((row) => row[i]?.length ?? 0)))
  const line = (cells: readonly string[], pad: (cell: string, i: number) => string): string =>
    cells.map(pad).join('  ').trimEnd()
  process.stdout.write(`\n${title}\n\n`)
  process.stdout.write(`${line(header, (cell, i) => cell.padEnd(widths[i]))}\n`)
  process.stdout.write(`${widths.map((width) => '-'.repeat(width)).join('  ')}\n`)
  for (const row of text) {
    const cells = line(row, (cell, i) =>
      /^[\d.,]+( x)?$/.test(cell) ? cell.padStart(widths[i]) : cell.padEnd(widths[i]),
    )
    process.stdout.write(`${cells}\n`)
  }
}

/** The middle value; the mean of the two middle ones when their number is even. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
