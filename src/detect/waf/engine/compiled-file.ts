import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { deserializeShared, serializeShared } from './shared-serialization.ts'

/** Compiled forms that are kept: rule sets change rarely, and each takes some megabytes. */
const KEPT_FILES = 4

const DIGEST_BYTES = 32
const SUFFIX = '.compiled'

/** The digest of what a compiled form is made of; parts are taken in order. */
export function digestOf(parts: readonly (string | Buffer)[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${part.length}:`).update(part)
  return hash.digest('hex')
}

/** Reads a compiled form; undefined when there is none, or what is there is not whole. */
export function readCompiled(directory: string, digest: string): unknown {
  try {
    const file = readFileSync(join(directory, digest + SUFFIX))
    const content = file.subarray(DIGEST_BYTES)
    const isWhole = createHash('sha256').update(content).digest().equals(file.subarray(0, DIGEST_BYTES))
    return isWhole ? deserializeShared(content) : undefined
  } catch {
    return undefined // it is made anew, and written over what was there
  }
}

/**
 * Keeps a compiled form: written aside and renamed, so that another process never reads half of it. A disk that is full or
 * read-only costs time at the next start, nothing else.
 */
export function writeCompiled(directory: string, digest: string, value: unknown): void {
  const aside = join(directory, `${digest}.${process.pid}.tmp`)
  try {
    mkdirSync(directory, { recursive: true })
    const content = serializeShared(value)
    writeFileSync(aside, Buffer.concat([createHash('sha256').update(content).digest(), content]))
    renameSync(aside, join(directory, digest + SUFFIX))
    dropOldest(directory)
  } catch {
    dropQuietly(aside)
  }
}

function dropQuietly(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch {
    return // where nothing can be written, nothing was left
  }
}

function dropOldest(directory: string): void {
  const files = readdirSync(directory)
    .filter((name) => name.endsWith(SUFFIX))
    .map((name) => ({ path: join(directory, name), changedMs: statSync(join(directory, name)).mtimeMs }))
    .sort((one, other) => other.changedMs - one.changedMs)
  for (const { path } of files.slice(KEPT_FILES)) rmSync(path, { force: true })
}
