import type { ExportStreamFacts } from './export-facts.ts'
import { exporterText } from './export-text.ts'
import { counted, framesOf, percent } from './figures.ts'
import type { FindingDraft } from './finding.ts'

/** Of what the exporter sent; less is what any network loses. */
const MUCH_SHARE = 0.01

/** What is missing in the sequence of one exporter. */
export function findLostExports(stream: ExportStreamFacts, droppedByCapture: number): FindingDraft[] {
  const { losses, datagrams, records, flows } = stream
  const { lost, unit, gaps, gapCount } = losses
  if (lost === 0) return []
  const came = unit === 'datagrams' ? datagrams : records
  const byCapture = droppedByCapture > 0
  return [
    {
      kind: 'export-lost',
      severity: lost >= (lost + came) * MUCH_SHARE ? 'medium' : 'low',
      ...(byCapture && { side: 'capture' as const }),
      frames: framesOf(...gaps.map(({ place }) => place)),
      scope: { flows },
      weight: lost,
      text:
        `${counted(lost, unit.slice(0, -1))} of ${exporterText(stream)} ${lost === 1 ? 'is' : 'are'} missing ` +
        `at ${counted(gapCount, 'place')}, ${percent(lost, lost + came)} of what was sent` +
        `${byCapture ? `; the capturing program says that it missed ${counted(droppedByCapture, 'packet')} itself` : ''}.`,
    },
  ]
}
