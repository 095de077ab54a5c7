import { TidegateError } from '#kernel'
import { compareApart, type CompareKind, type CompareReport, type SideSource } from '#workbench'
import { connect } from '../client/connect.ts'
import type { ServerOptions } from '../client/server-options.ts'
import { compareText } from '../compare/compare-text.ts'
import { fetchedSide, type Side, sideOf, splitFile } from '../compare/side.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { Progress } from '../output/progress.ts'
import { writeOut } from '../output/write.ts'

interface CompareOptions extends ServerOptions {
  readonly bad: string
  readonly good?: string
  readonly since?: string
  readonly until?: string
  readonly kind?: CompareKind
  readonly unlabelled?: boolean
  readonly seed?: number
  readonly json?: boolean
}

const DEFAULT_SINCE = '24h'

/** Does what `tidegate compare --bad SIDE --good SIDE` says. */
export async function runCompare(options: CompareOptions): Promise<ExitCode> {
  const progress = new Progress()
  progress.show('comparing ...')
  const report = await reportOf(options, progress).finally(() => progress.end())
  await writeOut(options.json === true ? `${JSON.stringify(report, null, 2)}\n` : compareText(report))
  return EXIT.ok
}

async function reportOf(options: CompareOptions, progress: Progress): Promise<CompareReport> {
  const { since, until, kind, seed } = options
  const bad = sideOf(options.bad)
  const good = options.good === undefined ? undefined : sideOf(options.good)
  const labels = options.unlabelled === true || good === undefined ? 'window' : 'trusted'
  if (bad.type === 'expression' && good?.type !== 'file') {
    const body = { bad: bad.text, good: good?.text, since: since ?? DEFAULT_SINCE, until, kind, labels, seed }
    return connect(options).post<CompareReport>('/api/v1/compare', body)
  }
  const sources = await sourcesOf(bad, good, options)
  const onStep = (step: string): void => progress.show(`comparing: ${step} ...`)
  return compareApart({ ...sources, options: { kind, labels, seed } }, { onStep })
}

async function sourcesOf(
  bad: Side,
  good: Side | undefined,
  options: CompareOptions,
): Promise<{ readonly bad: SideSource; readonly good: SideSource }> {
  if (good !== undefined) return { bad: await sourceOf(bad, options), good: await sourceOf(good, options) }
  if (bad.type === 'file' && options.since !== undefined) return splitFile(bad.path, options.since)
  throw new TidegateError('ERR_USAGE', 'there is nothing to compare the file with', {
    source: 'client',
    remedy: 'Give --good, or --since with a duration before the end of the file such as 10m.',
  })
}

async function sourceOf(side: Side, options: CompareOptions): Promise<SideSource> {
  if (side.type === 'file') return { from: 'file', path: side.path }
  const { since = DEFAULT_SINCE, until, kind } = options
  return fetchedSide(connect(options), { filter: side.text, kind, since, until })
}
