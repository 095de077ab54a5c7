import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { TidegateError } from '#kernel'
import type { ArchiveFiles } from './archive.ts'

const RELEASE = z.strictObject({
  /** Folder below the store: version and the beginning of the archive's digest. */
  name: z.string(),
  version: z.string(),
  sha256: z.string(),
  from: z.string(),
  installedAt: z.string(),
})

const STATE = z.strictObject({
  releases: z.array(RELEASE),
  /** Names of releases; what is active blocks, what is staged is only recorded. */
  active: z.string().optional(),
  staged: z.string().optional(),
  previous: z.string().optional(),
})

export type Release = z.output<typeof RELEASE>
export type ReleaseState = z.output<typeof STATE>

/** What a rollback did. */
export interface Rollback {
  /** No longer staged, or no longer active. */
  readonly removed: Release
  /** In force now; undefined when no installed release is. */
  readonly active: Release | undefined
}

const EMPTY: ReleaseState = { releases: [] }
/** Older releases that are neither active, staged nor previous are removed above this many. */
const KEPT_RELEASES = 5

/**
 * Releases of a rule set below the data directory: a folder for each, a file that says which one is in force, and the links
 * `current` and `staged` to the folders. Every change is one rename: whoever reads meanwhile sees the old state or the new one.
 */
export class ReleaseStore {
  readonly directory: string

  constructor(directory: string) {
    this.directory = directory
  }

  /** @throws TidegateError ERR_DATA_DIRECTORY when the state file was damaged. */
  read(): ReleaseState {
    const file = this.#stateFile
    if (!existsSync(file)) return EMPTY
    const parsed = STATE.safeParse(parseJson(readFileSync(file, 'utf8')))
    if (parsed.success) return parsed.data
    throw new TidegateError('ERR_DATA_DIRECTORY', `${file} is damaged`, {
      source: 'environment',
      remedy: `Remove ${this.directory} and install the rules again with \`tidegate waf update\`.`,
    })
  }

  folderOf(name: string): string {
    return join(this.directory, name)
  }

  /** Writes files into a folder that no release uses yet, to be looked at before `add` makes a release of it. */
  unpack(files: ArchiveFiles): string {
    mkdirSync(this.directory, { recursive: true })
    const folder = mkdtempSync(join(this.directory, 'incoming-'))
    for (const [path, bytes] of files) {
      const file = join(folder, path)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, bytes)
    }
    return folder
  }

  discard(folder: string): void {
    rmSync(folder, { recursive: true, force: true })
  }

  /** Makes an unpacked folder a release; one that is there already is replaced by nothing. */
  add(release: Release, unpacked: string): void {
    const folder = this.folderOf(release.name)
    if (existsSync(folder)) this.discard(unpacked)
    else renameSync(unpacked, folder)
    const state = this.read()
    const others = state.releases.filter(({ name }) => name !== release.name)
    this.#write({ ...state, releases: [...others, release] })
  }

  /** The release is evaluated and recorded beside the active one, and blocks nothing. */
  stage(name: string): void {
    this.#write({ ...this.read(), staged: this.#known(name) })
  }

  /** The release (by default the staged one) takes the place of the active one. */
  promote(name?: string): Release {
    const { staged, ...state } = this.read()
    const chosen = name ?? staged
    if (chosen === undefined) throw nothingTo('promote', 'Stage one with `tidegate waf update`.')
    const active = this.#known(chosen)
    this.#write({ ...state, active, ...(state.active !== active && { previous: state.active }) })
    return this.#release(active)
  }

  /**
   * Takes a staged release away; without one, puts the release back that was active before, or, when there was none, leaves
   * the rules to the system again.
   */
  rollback(): Rollback {
    const { staged, active, previous, ...state } = this.read()
    if (staged !== undefined) {
      this.#write({ ...state, ...(active !== undefined && { active }), ...(previous !== undefined && { previous }) })
      return { removed: this.#release(staged), active: active === undefined ? undefined : this.#release(active) }
    }
    if (active === undefined) throw nothingTo('roll back from', 'See `tidegate waf status`.')
    this.#write({ ...state, ...(previous !== undefined && { active: previous }), previous: active })
    return { removed: this.#release(active), active: previous === undefined ? undefined : this.#release(previous) }
  }

  #known(name: string): string {
    return this.#release(name).name
  }

  #release(name: string): Release {
    const release = this.read().releases.find((each) => each.name === name)
    if (release === undefined) throw nothingTo(`use as ${name}`, 'See `tidegate waf status`.')
    return release
  }

  #write(state: ReleaseState): void {
    const kept = this.#prune(state)
    this.#link('current', kept.active)
    this.#link('staged', kept.staged)
    const unfinished = `${this.#stateFile}.unfinished`
    writeFileSync(unfinished, `${JSON.stringify(kept, null, 2)}\n`)
    renameSync(unfinished, this.#stateFile)
  }

  /** Forgets the oldest releases that nobody needs. */
  #prune(state: ReleaseState): ReleaseState {
    const inUse = new Set([state.active, state.staged, state.previous])
    const removable = state.releases.filter(({ name }) => !inUse.has(name))
    const removed = new Set(
      removable.slice(0, Math.max(0, state.releases.length - KEPT_RELEASES)).map(({ name }) => name),
    )
    for (const name of removed) rmSync(this.folderOf(name), { recursive: true, force: true })
    for (const name of readdirSync(this.directory))
      if (name.startsWith('incoming-')) this.discard(join(this.directory, name))
    return { ...state, releases: state.releases.filter(({ name }) => !removed.has(name)) }
  }

  #link(link: string, name: string | undefined): void {
    const path = join(this.directory, link)
    if (name === undefined) {
      rmSync(path, { force: true })
      return
    }
    const unfinished = `${path}.link`
    rmSync(unfinished, { force: true })
    symlinkSync(name, unfinished)
    renameSync(unfinished, path)
  }

  get #stateFile(): string {
    return join(this.directory, 'releases.json')
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // the schema refuses it
  }
}

function nothingTo(what: string, remedy: string): TidegateError {
  return new TidegateError('ERR_NOT_FOUND', `there is no release to ${what}`, { source: 'configuration', remedy })
}
