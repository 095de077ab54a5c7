import { basename, join } from 'node:path'
import { loadSecRules, type SecRuleSet } from '#detect'
import { TidegateError } from '#kernel'
import { type RegressionTally, runRegression } from '../regression/run-regression.ts'
import { readYamlTests } from '../regression/yaml-tests.ts'
import type { RegressionTest } from '../regression/regression-test.ts'
import { type ArchiveFiles, digestOfArchive, readArchive } from './archive.ts'
import type { Release, ReleaseStore } from './releases.ts'
import { differenceOfRules, type RuleDifference } from './rule-difference.ts'
import { type SlowPatterns, slowPatterns } from './slow-patterns.ts'

export interface InstallOptions {
  readonly archive: Uint8Array
  /** Where the archive came from, for the record. */
  readonly from: string
  /** SHA-256 that the archive must have, hexadecimal. */
  readonly sha256: string
  /** Rules that block now: the difference is told against them. */
  readonly inForce: SecRuleSet | undefined
  readonly onProgress: (step: string) => void
}

export interface InstallReport {
  readonly release: Release
  readonly ruleCount: number
  readonly warnings: readonly string[]
  readonly difference: RuleDifference
  readonly regression: RegressionTally
  readonly slowPatterns: SlowPatterns
  /** Test files that could not be read. */
  readonly unreadableTests: readonly string[]
}

/**
 * Checks an archive of a rule set (digest, every rule, the tests that ship with it) and, when it can be used, puts it into the
 * store. Nothing is in force or staged by that.
 * @throws TidegateError when the digest is another one, the archive is damaged or a rule cannot be used
 */
export async function installRelease(
  store: ReleaseStore,
  options: InstallOptions,
  install: boolean,
): Promise<InstallReport> {
  const { archive, from, inForce, onProgress } = options
  requireDigest(archive, options.sha256)
  onProgress('unpacking')
  const files = relevantFiles(await readArchive(archive))
  const unpacked = store.unpack(files)
  try {
    onProgress('reading the rules')
    const set = loadSecRules({ directory: unpacked })
    const { tests, unreadable } = testsIn(files)
    const regression = runRegression(unpacked, tests, (done) =>
      onProgress(`running its tests: ${done} of ${tests.length}`),
    )
    onProgress('looking for slow inputs')
    const slow = slowPatterns(inForce, set)
    const release = describeRelease(set, digestOfArchive(archive), from)
    if (install) store.add(release, unpacked)
    return {
      release,
      ruleCount: set.items.filter(({ type }) => type === 'rule').length,
      warnings: set.warnings.map(
        ({ message, place }) => `${place.file.replace(`${unpacked}/`, '')}:${place.line}: ${message}`,
      ),
      difference: differenceOfRules(inForce, set),
      regression,
      slowPatterns: slow,
      unreadableTests: unreadable,
    }
  } finally {
    store.discard(unpacked)
  }
}

function requireDigest(archive: Uint8Array, expected: string): void {
  const actual = digestOfArchive(archive)
  if (actual === expected.toLowerCase()) return
  throw new TidegateError('ERR_ARCHIVE_INVALID', `the archive has the SHA-256 ${actual}, not ${expected}`, {
    source: 'configuration',
    remedy: 'Compare it with what the project publishes for this release; do not install it before they agree.',
  })
}

const WANTED = /^(?:rules\/|plugins\/|crs-setup\.conf(?:\.example)?$|LICENSE$|tests\/regression\/tests\/.*\.ya?ml$)/

/** What is kept of an archive: rules with their data, the set-up, the licence, and the tests. */
function relevantFiles(files: ArchiveFiles): ArchiveFiles {
  const kept = new Map([...files].filter(([path]) => WANTED.test(path)))
  if ([...kept.keys()].some((path) => path.startsWith('rules/') && path.endsWith('.conf'))) return kept
  throw new TidegateError('ERR_ARCHIVE_INVALID', 'the archive has no rules/*.conf', {
    source: 'configuration',
    remedy: 'Take the .tar.gz of a release of the Core Rule Set.',
  })
}

function testsIn(files: ArchiveFiles): { readonly tests: RegressionTest[]; readonly unreadable: string[] } {
  const tests: RegressionTest[] = []
  const unreadable: string[] = []
  for (const [path, bytes] of files) {
    if (!path.startsWith('tests/')) continue
    const file = readYamlTests(Buffer.from(bytes).toString('utf8'), basename(path).replace(/\.ya?ml$/, ''))
    if (file.ok) tests.push(...file.tests)
    else unreadable.push(`${path}: ${file.message}`)
  }
  return { tests, unreadable }
}

/** A name from what the rules call themselves: `4.28.0-1f2e3d4c`. */
function describeRelease(set: SecRuleSet, sha256: string, from: string): Release {
  const version = /([0-9]+(?:\.[0-9]+)+(?:-[\w.]+)?)/.exec(set.signatures[0] ?? '')?.[1] ?? 'unversioned'
  return { name: `${version}-${sha256.slice(0, 8)}`, version, sha256, from, installedAt: new Date().toISOString() }
}

/** Where releases live below the data directory. */
export function releaseDirectory(dataDirectory: string): string {
  return join(dataDirectory, 'waf', 'crs')
}
