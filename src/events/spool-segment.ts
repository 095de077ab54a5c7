import { COLUMNS } from './columns.ts'
import { EVENT_KINDS, type EventKind } from './event.ts'
import { COLUMN_END, ROW_END } from './row-text.ts'

/** A file of the spool: its writer fills it while it is `open`; when it is `ready` the store reads and deletes it. */
export interface SegmentName {
  readonly kind: EventKind
  readonly writer: string
  readonly sequence: number
  readonly state: 'open' | 'ready'
}

const NAME = new RegExp(`^(${EVENT_KINDS.join('|')})-([0-9a-z_]+)-(\\d{8,})\\.(open|ready)$`)

export function segmentFile(name: SegmentName): string {
  return `${name.kind}-${name.writer}-${String(name.sequence).padStart(8, '0')}.${name.state}`
}

/** Undefined for a file that is not of the spool. */
export function parseSegmentFile(file: string): SegmentName | undefined {
  const match = NAME.exec(file)
  if (match === null) return undefined
  const [, kind, writer, sequence, state] = match
  return { kind: kind as EventKind, writer, sequence: Number(sequence), state: state as SegmentName['state'] }
}

const FORMAT = 'tidegate-spool-1'

/**
 * First line of a segment: format, then name and type of each column. The store reads by this line, so that segments of
 * another version of Tidegate are read too.
 */
export function segmentHeader(kind: EventKind): string {
  return [FORMAT, ...COLUMNS[kind].map((column) => `${column.name} ${column.type}`)].join(COLUMN_END) + ROW_END
}

/** Columns of a segment in their order, or undefined when the line is not a header of a format that is known. */
export function parseSegmentHeader(
  line: string,
): readonly { readonly name: string; readonly type: string }[] | undefined {
  const [format, ...columns] = line.split(COLUMN_END)
  if (format !== FORMAT || columns.length === 0) return undefined
  return columns.map((column) => {
    const space = column.indexOf(' ')
    return { name: column.slice(0, space), type: column.slice(space + 1) }
  })
}
