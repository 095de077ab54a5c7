import { findCrs, findStagedCrs } from '#config'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { localConfig } from '../local-config.ts'
import { printable } from '../output/printable.ts'
import { style } from '../output/style.ts'
import { notUsedBecause, releaseInWords, releaseStore } from '../waf/releases.ts'

interface StatusOptions {
  readonly config?: string
  readonly json?: boolean
}

/** Does what `tidegate waf status` says. */
export function runWafStatus(options: StatusOptions): ExitCode {
  const config = localConfig(options.config)
  const { releases, active, staged, previous } = releaseStore(config).read()
  const inForce = findCrs(config)
  const notUsed = notUsedBecause(config)
  if (options.json === true) {
    const answer = {
      inForce: inForce ?? null,
      staged: findStagedCrs(config) ?? null,
      notUsed: notUsed ?? null,
      active,
      previous,
      releases,
    }
    process.stdout.write(`${JSON.stringify(answer, null, 2)}\n`)
    return EXIT.ok
  }
  const role = (name: string): string =>
    name === active
      ? style('green', 'active')
      : name === staged
        ? style('yellow', 'staged')
        : name === previous
          ? 'before'
          : ''
  const lines = [
    inForce === undefined
      ? 'no rules are installed: `tidegate waf update` installs a release of the Core Rule Set'
      : `rules from ${inForce.directory} (${inForce.source})`,
    ...(notUsed === undefined ? [] : [style('yellow', `not used: ${notUsed}`)]),
    ...releases.map((release) => `${printable(releaseInWords(release))} ${role(release.name)}`.trimEnd()),
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
  return EXIT.ok
}
