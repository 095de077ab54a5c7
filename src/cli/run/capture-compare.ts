import { TidegateError } from '#kernel'
import type { CaptureComparison, CompareReport } from '#workbench'
import { compareCapturesApart } from '#workbench/captures'
import { comparisonText } from '../capture/comparison-text.ts'
import { readKeyLog } from '../capture/key-log.ts'
import { CaptureProgress } from '../capture/reading-progress.ts'
import { compareText } from '../compare/compare-text.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { style } from '../output/style.ts'
import { writeOut } from '../output/write.ts'

interface CaptureCompareOptions {
  readonly packets: boolean
  readonly json?: boolean
  /** Path of a key log. */
  readonly keyLog?: string
}

/** Does what `tidegate capture compare A B` says. */
export async function runCaptureCompare(a: string, b: string, options: CaptureCompareOptions): Promise<ExitCode> {
  if (a === '-' || b === '-') throw noFile()
  const comparison = await comparedConversations(a, b, options.keyLog)
  const isEmpty = comparison.a.packets === 0 || comparison.b.packets === 0
  const packets = options.packets && !isEmpty ? await comparedPackets(a, b) : undefined
  if (options.json === true) {
    await writeOut(`${JSON.stringify(packets === undefined ? comparison : { ...comparison, packets }, null, 2)}\n`)
  } else await writeOut(text(comparison, packets))
  return EXIT.ok
}

async function comparedConversations(a: string, b: string, keyLog: string | undefined): Promise<CaptureComparison> {
  let shown = a
  let progress = new CaptureProgress('analysing')
  return compareCapturesApart(a, b, {
    ...(keyLog !== undefined && { keyLog: readKeyLog(keyLog) }),
    onPiece: (reading, packets, path) => {
      if (path !== shown) {
        progress.end()
        progress = new CaptureProgress('analysing')
        shown = path
      }
      progress.show(reading, packets)
    },
  }).finally(() => progress.end())
}

/** What tells the packets of B from those of A, and the filters that follow from it. */
async function comparedPackets(a: string, b: string): Promise<CompareReport> {
  const { compareApart } = await import('#workbench')
  return compareApart({ bad: { from: 'file', path: b }, good: { from: 'file', path: a }, options: {} })
}

function text(comparison: CaptureComparison, packets: CompareReport | undefined): string {
  const conversations = comparisonText(comparison)
  if (packets === undefined) return conversations
  const what =
    packets.level === 'flows'
      ? 'Flows that B tells (bad) against those of A (good)'
      : 'Packets of B (bad) against those of A (good)'
  return `${conversations}\n${style('bold', what)}\n\n${compareText(packets)}`
}

function noFile(): TidegateError {
  return new TidegateError('ERR_USAGE', 'captures are read more than once: standard input cannot be compared', {
    source: 'client',
    remedy: 'Write the capture to a file first.',
  })
}
