import type { Dissection, DissectionForm } from '#net'
import { TidegateError } from '#kernel'
import { analyzeCaptureApart, type CaptureReport } from '#workbench/captures'
import { readKeyLog } from '../capture/key-log.ts'
import { CaptureProgress } from '../capture/reading-progress.ts'
import { findingsText, trafficText } from '../capture/report-text.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { printable } from '../output/printable.ts'
import { writeOut } from '../output/write.ts'

interface CaptureAnalyzeOptions {
  readonly json?: boolean
  /** Path of a key log. */
  readonly keyLog?: string
  readonly all?: boolean
  /** True without a list. */
  readonly tshark?: string | true
}

/** Does what `tidegate capture analyze FILE` says. */
export async function runCaptureAnalyze(path: string, options: CaptureAnalyzeOptions): Promise<ExitCode> {
  const { json = false, all = false, tshark, keyLog } = options
  if (tshark !== undefined && path === '-') throw noFile()
  const chosen = typeof tshark === 'string' ? await parsedFrames(tshark) : undefined
  const progress = new CaptureProgress('analysing')
  const report = await analyzeCaptureApart(path, {
    ...(keyLog !== undefined && { keyLog: readKeyLog(keyLog) }),
    onPiece: (reading, packets) => progress.show(reading, packets),
  }).finally(() => progress.end())
  const isWanted = tshark !== undefined
  const frames = chosen ?? report.findings[0]?.frames ?? []
  if (json) return writeJson(path, report, isWanted ? frames : undefined)
  await writeOut(findingsText(report) + (all ? trafficText(report) : ''))
  return isWanted ? writeDissection(path, frames) : EXIT.ok
}

async function writeJson(
  path: string,
  report: CaptureReport,
  frames: readonly number[] | undefined,
): Promise<ExitCode> {
  const dissection = frames === undefined ? undefined : await dissected(path, frames, 'json')
  const whole =
    dissection === undefined
      ? report
      : { ...report, dissection: dissection.ok ? (JSON.parse(dissection.text) as unknown) : { error: dissection.why } }
  await writeOut(`${JSON.stringify(whole, null, 2)}\n`)
  return dissection?.ok === false ? EXIT.negative : EXIT.ok
}

/** What starts programs is loaded only when one is wanted. */
async function parsedFrames(list: string): Promise<number[]> {
  return (await import('../capture/frame-list.ts')).parseFrameList(list)
}

async function dissected(path: string, frames: readonly number[], form: DissectionForm): Promise<Dissection> {
  const { dissectFrames } = await import('#net')
  return dissectFrames(path, frames, form)
}

async function writeDissection(path: string, frames: readonly number[]): Promise<ExitCode> {
  const dissection = await dissected(path, frames, 'text')
  if (!dissection.ok) {
    process.stderr.write(`no dissection: ${printable(dissection.why)}\n`)
    return EXIT.negative
  }
  await writeOut(`\n${dissection.text.split('\n').map(printable).join('\n')}`)
  return EXIT.ok
}

function noFile(): TidegateError {
  return new TidegateError('ERR_USAGE', '--tshark needs a file that can be read a second time', {
    source: 'client',
    remedy: 'Write the capture to a file first.',
  })
}
