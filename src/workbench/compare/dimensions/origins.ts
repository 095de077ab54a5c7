import type { FactRow } from '../population/fact-row.ts'
import type { CompareKind } from '../report.ts'
import type { Dimension, RowCounts } from './dimension.ts'
import type { Flows } from './flows.ts'
import { Times } from './times.ts'

interface RowOrigins {
  readonly rows: readonly FactRow[]
  readonly counts: RowCounts
  readonly kind: CompareKind
  readonly flows: Flows | undefined
}

/** A sweep over the ports of a target is in order of time, and yet their range is what is attacked. */
const SWEPT = /^(?:tcp|udp|sctp|l4)\.dstport$/
const SOURCE_PORT = /^(?:tcp|udp|sctp|l4)\.srcport$/

/**
 * Dimensions of packets and flows with what their rows say about where values come from: how many flows have them, and
 * whether they only say when they were sent.
 */
export function withOrigins(
  dimensions: readonly Dimension[],
  { rows, counts, kind, flows }: RowOrigins,
): readonly Dimension[] {
  if (kind !== 'packet' && kind !== 'flow') return dimensions
  const times = Times.of(rows, counts)
  return dimensions.map((dimension): Dimension => {
    const { operand, use } = dimension
    if (use.note !== undefined) return dimension
    if (times !== undefined && !SWEPT.test(operand) && times.isClock(dimension)) return noted(dimension, CLOCK_NOTE)
    if (flows !== undefined && !flows.isTelling && SOURCE_PORT.test(operand)) return noted(dimension, PORT_NOTE)
    return {
      ...dimension,
      ...(flows?.isTelling === true && { rowsPerFlow: flows.rowsPerFlow(dimension) }),
      ...(times !== undefined && { boundToTime: times.boundValues(dimension) }),
    }
  })
}

const CLOCK_NOTE = 'it says when, not who: it grows or falls with time'
const PORT_NOTE = 'the client takes another one each time'

function noted(dimension: Dimension, note: string): Dimension {
  return { ...dimension, use: { ...dimension.use, note } }
}
