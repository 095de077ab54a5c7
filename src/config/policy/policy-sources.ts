import { readdirSync, statSync } from 'node:fs'
import { join, posix, resolve } from 'node:path'
import { TidegateError } from '#kernel'
import { readFaultOf, readText } from '../source/read-text.ts'

/** Largest list file that is read. */
const MAX_LIST_BYTES = 256 * 1024 * 1024

/** Where policy files are read from: a folder, or an archived version. Paths are relative to the policy folder, or absolute. */
export interface PolicySources {
  /** Policy files in the order in which they are read. */
  readonly files: readonly string[]
  /** How a path is shown in messages. */
  readonly shown: (path: string) => string
  readonly read: (path: string) => { readonly text: string } | { readonly fault: string }
}

function policyFilesOf(paths: Iterable<string>): readonly string[] {
  return [...paths].filter((path) => /^[^/.][^/]*\.ya?ml$/.test(path)).sort()
}

/**
 * The files of a policy directory; undefined when it does not exist.
 * @throws TidegateError ERR_POLICY_INVALID when it cannot be read
 */
export function directorySources(directory: string): PolicySources | undefined {
  let names: readonly string[]
  try {
    names = readdirSync(directory)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw new TidegateError('ERR_POLICY_INVALID', `cannot read the policy folder ${directory}: ${readFaultOf(error)}`, {
      source: 'environment',
      remedy: 'Correct `policy:` in the configuration, or the rights of the folder.',
      cause: error,
    })
  }
  return {
    files: policyFilesOf(names),
    shown: (path) => (posix.isAbsolute(path) ? path : join(directory, path)),
    read: (path) => {
      const file = resolve(directory, path)
      const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0
      return size > MAX_LIST_BYTES
        ? { fault: `the file is larger than ${MAX_LIST_BYTES / 2 ** 20} MiB` }
        : readText(file)
    },
  }
}

/** The files of an archived version. */
export function archivedSources(texts: ReadonlyMap<string, string>): PolicySources {
  return {
    files: policyFilesOf(texts.keys()),
    shown: (path) => path,
    read: (path) => {
      const text = texts.get(path)
      return text === undefined ? { fault: 'it was not archived' } : { text }
    },
  }
}

/** The path of a list file as sources name it: absolute, or relative to the policy folder. */
export function sourcePath(written: string): string {
  return posix.normalize(written)
}
