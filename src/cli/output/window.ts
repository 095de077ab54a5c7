/**
 * Columns of the terminal that standard output is; undefined when it is a pipe or a file, where nothing is cut, and where a
 * terminal does not know its size, as in containers.
 */
export function windowWidth(): number | undefined {
  const { isTTY, columns } = process.stdout
  return isTTY && columns > 0 ? columns : undefined
}

/** `text` cut to `room` characters, with an ellipsis at the end when something is missing. */
export function cutTo(text: string, room: number): string {
  return text.length > room ? `${text.slice(0, Math.max(0, room - 1)).trimEnd()}…` : text
}

/** Words narrower than this are not worth a line of their own: the text is left to the terminal then. */
const LEAST_ROOM = 20

/** `text` as lines of at most `room` characters, broken at spaces; a longer word stays whole. */
export function wrapText(text: string, room: number | undefined): readonly string[] {
  if (room === undefined || text.length <= room || room < LEAST_ROOM) return [text]
  const lines: string[] = []
  let start = 0
  while (text.length - start > room) {
    const space = text.lastIndexOf(' ', start + room)
    const end = space > start ? space : text.indexOf(' ', start)
    if (end < 0) break
    lines.push(text.slice(start, end))
    start = end + 1
  }
  lines.push(text.slice(start))
  return lines
}
