import { openSync, closeSync, fstatSync, readFileSync } from 'node:fs'
import { messageOf } from '#kernel'

/** Largest file of rules or phrases: more is a mistake, and would fill the memory of every worker. */
const FILE_LIMIT_BYTES = 32 * 1024 * 1024

const FAULTS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder; name its files with a pattern such as folder/*.conf',
  ENOTDIR: 'a part of its path is not a folder',
  ELOOP: 'its symbolic links form a circle',
}

/** The bytes of a file as a byte string, or why it cannot be read, in words. */
export function readByteString(file: string): { readonly text: string } | { readonly fault: string } {
  try {
    const descriptor = openSync(file, 'r')
    try {
      const status = fstatSync(descriptor)
      // A named pipe would hold up the start for ever.
      if (!status.isFile() && !status.isDirectory()) return { fault: 'it is no ordinary file' }
      if (status.size > FILE_LIMIT_BYTES) return { fault: `it is larger than ${FILE_LIMIT_BYTES} bytes` }
      return { text: readFileSync(descriptor, 'latin1') }
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    return { fault: FAULTS[code] ?? messageOf(error) }
  }
}
