import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Action } from '#act'
import type { Policy } from '#decide'
import { messageOf, TidegateError } from '#kernel'
import { z } from 'zod'
import { writeFileAtomically } from '../source/write-file.ts'
import { type LoadedPolicy, parsePolicy } from './parse-policy.ts'
import { archivedSources } from './policy-sources.ts'

/** One archived version. */
export interface ArchivedVersion {
  readonly version: string
  /** Milliseconds since the epoch when it last began to run. */
  readonly lastUsedMs: number
}

const VERSION = /^[0-9a-f]{16}$/

const MANIFEST_SCHEMA = z.object({
  version: z.string(),
  lastUsedMs: z.number(),
  /** Path in the sources and digest of the content. */
  files: z.array(z.tuple([z.string(), z.string().regex(/^[0-9a-f]{64}$/)])),
})

type Manifest = z.output<typeof MANIFEST_SCHEMA>

/** How many versions are kept: those that were used last. */
const DEFAULT_KEPT_VERSIONS = 1000

/**
 * Every policy version that ran, so that an old event can be explained under the policy that decided it. A version is a
 * small manifest; the files it is made of are stored once by their content, so that a large list costs nothing twice.
 */
export class PolicyArchive {
  readonly #manifests: string
  readonly #contents: string
  readonly #keptVersions: number

  /** @param directory folder of the archive; created when absent */
  constructor(directory: string, keptVersions: number = DEFAULT_KEPT_VERSIONS) {
    this.#manifests = join(directory, 'versions')
    this.#contents = join(directory, 'files')
    this.#keptVersions = keptVersions
  }

  /**
   * Keeps the sources of a policy that begins to run now.
   * @throws TidegateError ERR_DATA_DIRECTORY when the archive cannot be written
   */
  keep(loaded: LoadedPolicy, nowMs: number = Date.now()): void {
    const { version } = loaded.policy
    try {
      const files = [...loaded.sources].map(([path, text]): [string, string] => [path, this.#keepContent(text)])
      const manifest: Manifest = { version, lastUsedMs: nowMs, files }
      writeFileAtomically(join(this.#manifests, `${version}.json`), `${JSON.stringify(manifest)}\n`)
      this.#prune()
    } catch (error) {
      throw new TidegateError('ERR_DATA_DIRECTORY', `cannot archive policy version ${version}: ${messageOf(error)}`, {
        source: 'environment',
        remedy: `Make room in, or correct the rights of, ${this.#manifests}.`,
        cause: error,
      })
    }
  }

  /**
   * The policy of a version, parsed again from its sources; undefined when it is not archived or was damaged.
   * @throws InvalidFilesError when this release no longer understands it
   */
  read(version: string): Policy<Action> | undefined {
    const manifest = this.#manifest(version)
    if (manifest === undefined) return undefined
    const texts = new Map<string, string>()
    for (const [path, digest] of manifest.files) {
      const text = this.#content(digest)
      if (text === undefined) return undefined
      texts.set(path, text)
    }
    const { policy } = parsePolicy(archivedSources(texts), { siteNames: undefined, nowMs: manifest.lastUsedMs })
    // The files say what the policy was; the version they had then is the one that events carry.
    return policy.version === version ? policy : Object.freeze({ ...policy, version })
  }

  /** What is archived, the version used last first. */
  versions(): readonly ArchivedVersion[] {
    return namesIn(this.#manifests)
      .flatMap((name) => this.#manifest(name.replace(/\.json$/, '')) ?? [])
      .map(({ version, lastUsedMs }) => ({ version, lastUsedMs }))
      .sort((left, right) => right.lastUsedMs - left.lastUsedMs)
  }

  #keepContent(text: string): string {
    const digest = digestOf(text)
    const file = join(this.#contents, digest)
    if (!existsSync(file)) writeFileAtomically(file, text)
    return digest
  }

  #content(digest: string): string | undefined {
    try {
      const text = readFileSync(join(this.#contents, digest), 'utf8')
      return digestOf(text) === digest ? text : undefined
    } catch {
      // Absent or unreadable: either way this version cannot be shown any more.
      return undefined
    }
  }

  #manifest(version: string): Manifest | undefined {
    if (!VERSION.test(version)) return undefined
    try {
      const result = MANIFEST_SCHEMA.safeParse(
        JSON.parse(readFileSync(join(this.#manifests, `${version}.json`), 'utf8')),
      )
      return result.success && result.data.version === version ? result.data : undefined
    } catch {
      // Absent, or damaged by something else than us: atomic writes leave no half file.
      return undefined
    }
  }

  #prune(): void {
    if (namesIn(this.#manifests).length <= this.#keptVersions) return
    const versions = this.versions()
    for (const { version } of versions.slice(this.#keptVersions))
      rmSync(join(this.#manifests, `${version}.json`), { force: true })
    const used = new Set(
      versions
        .slice(0, this.#keptVersions)
        .flatMap(({ version }) => this.#manifest(version)?.files.map(([, digest]) => digest) ?? []),
    )
    for (const name of namesIn(this.#contents)) if (!used.has(name)) rmSync(join(this.#contents, name), { force: true })
  }
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function namesIn(directory: string): readonly string[] {
  return existsSync(directory) ? readdirSync(directory) : []
}
