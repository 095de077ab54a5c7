import { chmodSync, existsSync, mkdirSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { TidegateError } from '#kernel'
import type { Config } from '../config.ts'
import { readText } from '../source/read-text.ts'
import { writeFileAtomically } from '../source/write-file.ts'
import { parsePolicy } from './parse-policy.ts'
import { archivedSources, directorySources, type PolicySources } from './policy-sources.ts'

/** Where rules were written. */
export interface WrittenRules {
  readonly file: string
  /** Policy version that the folder has now. */
  readonly version: string
}

/**
 * Puts another text in the place of a policy file, after the policy as a whole was validated with it.
 * @param before what was read of it; undefined when there was no such file
 * @throws TidegateError ERR_USAGE when the file is not one of the policy, or was changed meanwhile; InvalidFilesError
 *   ERR_POLICY_INVALID when the policy would not be valid
 */
export function replacePolicyFile(
  config: Config,
  file: string,
  before: string | undefined,
  text: string,
): WrittenRules {
  const target = policyFile(config.policyDirectory, file)
  const name = basename(target)
  const sources = withText(directorySources(config.policyDirectory), name, text)
  const siteNames = new Set(config.edge.sites.map((site) => site.name))
  const { policy } = parsePolicy(sources, { siteNames, nowMs: Date.now() })
  if (currentText(target) !== before) {
    throw new TidegateError('ERR_USAGE', `${target} was changed by somebody else meanwhile`, {
      source: 'environment',
      retry: true,
      remedy: 'Look at the change, then try again.',
    })
  }
  writeKeepingMode(target, text)
  return { file: target, version: policy.version }
}

/** The file in the policy folder that a path names. */
export function policyFile(directory: string, file: string): string {
  const path = resolve(file)
  if (relative(resolve(directory), path) !== basename(path) || !/^[^.].*\.ya?ml$/.test(basename(path))) {
    throw new TidegateError('ERR_USAGE', `${file} is no file of the policy`, {
      source: 'client',
      remedy: `Name one such as ${join(directory, 'waf.yaml')}.`,
    })
  }
  return path
}

/** What stands in a policy file now; undefined when there is none. */
export function currentText(file: string): string | undefined {
  if (!existsSync(file)) return undefined
  const content = readText(file)
  if ('text' in content) return content.text
  throw new TidegateError('ERR_USAGE', `cannot read ${file}: ${content.fault}`, {
    source: 'environment',
    remedy: 'Correct its rights, or name another file of the policy.',
    cause: content.cause,
  })
}

/** The sources with one file replaced, or added. */
function withText(sources: PolicySources | undefined, name: string, text: string): PolicySources {
  const { files, shown, read } = sources ?? archivedSources(new Map())
  return {
    files: files.includes(name) ? files : [...files, name].sort(),
    shown,
    read: (path) => (path === name ? { text } : read(path)),
  }
}

/** The server may run as another user: who could read the file still can. A link stays one. */
function writeKeepingMode(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true })
  const exists = existsSync(file)
  const path = exists ? realpathSync(file) : file
  const mode = exists ? statSync(path).mode & 0o777 : 0o666 & ~process.umask()
  writeFileAtomically(path, text)
  chmodSync(path, mode)
}
