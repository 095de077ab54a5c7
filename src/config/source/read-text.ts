import { readFileSync } from 'node:fs'
import { messageOf } from '#kernel'

/** The text of a UTF-8 file, or why it cannot be read. A byte order mark is left out. */
export function readText(
  file: string,
): { readonly text: string } | { readonly fault: string; readonly cause: unknown } {
  let bytes: Buffer
  try {
    bytes = readFileSync(file)
  } catch (error) {
    return { fault: readFaultOf(error), cause: error }
  }
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch (error) {
    return { fault: 'the file is not UTF-8 text', cause: error }
  }
}

const FAULTS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder, not a file',
  ENOTDIR: 'a part of its path is not a folder',
  ELOOP: 'its symbolic links form a circle',
}

/** Why a file could not be read, in words. */
export function readFaultOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return FAULTS[code] ?? messageOf(error)
}
