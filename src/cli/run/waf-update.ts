import { findCrs } from '#config'
import { loadSecRules, type SecRuleSet } from '#detect'
import { messageOf, TidegateError } from '#kernel'
import { type DifferentRule, fetchArchive, installRelease, type InstallReport, type RegressionTally } from '#workbench'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { localConfig } from '../local-config.ts'
import { printable } from '../output/printable.ts'
import { Progress } from '../output/progress.ts'
import { style } from '../output/style.ts'
import { applyToServer, notUsedBecause, releaseInWords, releaseStore } from '../waf/releases.ts'
import type { Config } from '#config'

interface UpdateOptions {
  readonly config?: string
  readonly from: string
  readonly sha256: string
  readonly activate?: boolean
  readonly dryRun?: boolean
  readonly json?: boolean
}

/** Does what `tidegate waf update` says. */
export async function runWafUpdate(options: UpdateOptions): Promise<ExitCode> {
  requireDigestText(options.sha256)
  const config = localConfig(options.config)
  const store = releaseStore(config)
  const progress = new Progress()
  const archive = await fetchArchive(options.from, (received, total) => progress.show(bytesInWords(received, total)))
  const report = await installRelease(
    store,
    {
      archive,
      from: options.from,
      sha256: options.sha256,
      inForce: rulesInForce(config),
      onProgress: (step) => progress.show(step),
    },
    options.dryRun !== true,
  )
  progress.end()
  const outcome = options.dryRun === true ? 'checked only: nothing was installed' : await putInForce()
  if (options.json === true) process.stdout.write(`${JSON.stringify({ ...report, outcome }, null, 2)}\n`)
  else process.stdout.write(reportInWords(report, outcome))
  return EXIT.ok

  async function putInForce(): Promise<string> {
    if (options.activate === true) store.promote(report.release.name)
    else store.stage(report.release.name)
    const state = options.activate === true ? 'active: it blocks' : 'staged: it is recorded and blocks nothing'
    const unused = notUsedBecause(config)
    return `${state}; ${unused === undefined ? await applyToServer(config, options.config) : `but ${unused}`}`
  }
}

function requireDigestText(text: string): void {
  if (/^[0-9a-f]{64}$/i.test(text)) return
  throw new TidegateError('ERR_USAGE', `--sha256 "${text}" is no SHA-256: it has 64 hexadecimal digits`, {
    source: 'configuration',
    remedy:
      'Take it from what the project publishes for the release, or from `sha256sum FILE` of an archive that you trust.',
  })
}

/** The rules that block until now; without any, or when they cannot be read, everything is new. */
function rulesInForce(config: Config): SecRuleSet | undefined {
  const crs = findCrs(config)
  if (crs === undefined) return undefined
  try {
    return loadSecRules({ directory: crs.directory })
  } catch (error) {
    process.stderr.write(`warning: everything counts as new: the rules in force cannot be read: ${messageOf(error)}\n`)
    return undefined
  }
}

const SHOWN_RULES = 20

function reportInWords(report: InstallReport, outcome: string): string {
  const { release, ruleCount, warnings, difference, regression, unreadableTests } = report
  const lines = [
    `${style('bold', 'release')}   ${printable(releaseInWords(release))}, ${ruleCount} rules`,
    `${style('bold', 'tests')}     ${testsInWords(regression)}`,
    ...regression.failures
      .slice(0, SHOWN_RULES)
      .map(({ id, reasons }) => `            ${printable(`${id}: ${reasons.join('; ')}`)}`),
    `${style('bold', 'patterns')}  ${patternsInWords(report.slowPatterns)}`,
    ...report.slowPatterns.slow.slice(0, SHOWN_RULES).map(slowLine),
    ...unreadableTests.map((why) => `            ${style('yellow', printable(why))}`),
    ...warnings.map((warning) => `${style('yellow', 'warning')}   ${printable(warning)}`),
    ...differenceLines('added', difference.added),
    ...differenceLines('removed', difference.removed),
    ...differenceLines('changed', difference.changed),
    `${style('bold', 'outcome')}   ${outcome}`,
  ]
  return `${lines.join('\n')}\n`
}

function patternsInWords({ patterns, searched, slow }: InstallReport['slowPatterns']): string {
  const part = searched < patterns ? ` (${searched} of them searched)` : ''
  return `${patterns} new${part}, ${slow.length === 0 ? 'none slow on hostile input' : `${slow.length} slow on hostile input:`}`
}

function slowLine({ id, cpuMs, growth, incomplete }: InstallReport['slowPatterns']['slow'][number]): string {
  const bounded = incomplete === 0 ? '' : ', ended by the bound on its steps'
  return `            ${id}: ${Math.round(cpuMs)} ms of CPU time for 64 KB, growing with length to the power of ${growth.toFixed(1)}${bounded}`
}

function testsInWords({ total, passed }: RegressionTally): string {
  if (total === 0) return 'none in this archive'
  const failed = total - passed
  return `${passed} of ${total} pass${failed === 0 ? '' : `, ${failed} do not:`}`
}

function differenceLines(kind: string, rules: readonly DifferentRule[]): string[] {
  const label = style('bold', kind.padEnd(10))
  if (rules.length === 0) return [`${label}none`]
  const shown = rules.slice(0, SHOWN_RULES).map(({ id, message, paranoia, changes }) => {
    const what = changes.length === 0 ? '' : ` (${changes.join(', ')})`
    return `            ${printable(`${id} PL${paranoia} ${message}${what}`)}`
  })
  const more = rules.length - SHOWN_RULES
  return [`${label}${rules.length}`, ...shown, ...(more > 0 ? [`            and ${more} more: --json lists all`] : [])]
}

function bytesInWords(received: number, total: number | undefined): string {
  const kilobytes = Math.round(received / 1024)
  return `downloading: ${kilobytes} KiB${total === undefined ? '' : ` of ${Math.round(total / 1024)}`}`
}
