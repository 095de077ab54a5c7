import { TidegateError } from '#kernel'
import {
  CaptureAnalysis,
  type CaptureComparison,
  compare,
  compareCaptures,
  type CompareReport,
  feedCapture,
  openPopulation,
} from '#workbench'
import { comparisonText } from '../capture/comparison-text.ts'
import { CaptureProgress } from '../capture/reading-progress.ts'
import { compareText } from '../compare/compare-text.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { style } from '../output/style.ts'
import { writeOut } from '../output/write.ts'

interface CaptureCompareOptions {
  readonly packets: boolean
  readonly json?: boolean
}

/** Does what `tidegate capture compare A B` says. */
export async function runCaptureCompare(a: string, b: string, options: CaptureCompareOptions): Promise<ExitCode> {
  if (a === '-' || b === '-') throw noFile()
  const comparison = compareCaptures(await evidenceOf(a), await evidenceOf(b))
  const isEmpty = comparison.a.packets === 0 || comparison.b.packets === 0
  const packets = options.packets && !isEmpty ? await comparedPackets(a, b) : undefined
  if (options.json === true) {
    await writeOut(`${JSON.stringify(packets === undefined ? comparison : { ...comparison, packets }, null, 2)}\n`)
  } else await writeOut(text(comparison, packets))
  return EXIT.ok
}

async function evidenceOf(path: string): Promise<ReturnType<CaptureAnalysis['evidence']>> {
  const analysis = new CaptureAnalysis()
  const progress = new CaptureProgress('analysing')
  const onPiece: NonNullable<Parameters<typeof feedCapture>[2]>['onPiece'] = (reading) =>
    progress.show(reading, analysis.packets)
  const damage = await feedCapture(path, analysis, { onPiece }).finally(() => progress.end())
  return analysis.evidence(path, damage)
}

/** What tells the packets of B from those of A, and the filters that follow from it. */
async function comparedPackets(a: string, b: string): Promise<CompareReport> {
  const [good, bad] = [await openPopulation(a), await openPopulation(b)]
  return compare(bad, good)
}

function text(comparison: CaptureComparison, packets: CompareReport | undefined): string {
  const conversations = comparisonText(comparison)
  if (packets === undefined) return conversations
  return `${conversations}\n${style('bold', 'Packets of B (bad) against those of A (good)')}\n\n${compareText(packets)}`
}

function noFile(): TidegateError {
  return new TidegateError('ERR_USAGE', 'captures are read more than once: standard input cannot be compared', {
    source: 'client',
    remedy: 'Write the capture to a file first.',
  })
}
