import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { digestOf } from './compiled-file.ts'

/** Folders whose code decides what a compiled form looks like and means. */
const FOLDERS = ['../engine', '../literal', '../operators', '../regex', '../seclang', '../transformations']

/** A digest of the code that compiles, so that a form which another version left is not taken. */
export function engineDigest(): string {
  const parts = FOLDERS.flatMap((folder) => {
    const directory = join(import.meta.dirname, folder)
    return readdirSync(directory)
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
      .sort()
      .map((name) => readFileSync(join(directory, name)))
  })
  return digestOf([process.versions.v8, ...parts])
}
