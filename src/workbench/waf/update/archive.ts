import { createHash } from 'node:crypto'
import { type ReadEntry, Parser } from 'tar'
import { messageOf, TidegateError } from '#kernel'

const MAX_FILES = 20_000
const MAX_UNPACKED_BYTES = 128 * 1024 * 1024

/** Files of an archive by their path below its one top folder. */
export type ArchiveFiles = ReadonlyMap<string, Uint8Array>

/** SHA-256 of an archive as lower-case hexadecimal text. */
export function digestOfArchive(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/**
 * Reads a tar archive, gzipped or not, into memory. Only regular files count: links and devices are left out, and a path that
 * leads outside is refused.
 * @throws TidegateError ERR_ARCHIVE_INVALID
 */
export async function readArchive(bytes: Uint8Array): Promise<ArchiveFiles> {
  const entries = await readEntries(bytes)
  const paths = [...entries.keys()]
  const top = paths[0]?.split('/')[0]
  const nested = paths.every((path) => path.startsWith(`${top}/`))
  return nested ? new Map([...entries].map(([path, data]) => [path.slice(top.length + 1), data])) : entries
}

function readEntries(bytes: Uint8Array): Promise<Map<string, Uint8Array>> {
  return new Promise((resolve, reject) => {
    const files = new Map<string, Uint8Array>()
    let unpackedBytes = 0
    const fail = (why: string): void => {
      parser.abort(new Error(why))
      reject(invalidArchive(why))
    }
    const onEntry = (entry: ReadEntry): void => {
      unpackedBytes += entry.size
      if (unpackedBytes > MAX_UNPACKED_BYTES) return fail(`it unpacks to more than ${MAX_UNPACKED_BYTES} bytes`)
      if (files.size >= MAX_FILES) return fail(`it holds more than ${MAX_FILES} files`)
      if (entry.type !== 'File' && entry.type !== 'OldFile') return entry.resume()
      const path = safePath(entry.path)
      if (path === undefined) return fail(`it holds a file outside of its folder: ${JSON.stringify(entry.path)}`)
      const pieces: Buffer[] = []
      entry.on('data', (piece) => pieces.push(piece))
      entry.on('end', () => files.set(path, Buffer.concat(pieces)))
    }
    const parser = new Parser({ strict: true, onReadEntry: onEntry, maxMetaEntrySize: 65_536 })
    parser.on('error', (error: unknown) => reject(invalidArchive(messageOf(error))))
    parser.on('end', () => (files.size === 0 ? reject(invalidArchive('it holds no file')) : resolve(files)))
    parser.end(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
  })
}

/** The path with `/` between its parts; undefined when it is absolute or climbs. */
function safePath(path: string): string | undefined {
  const parts = path.split('/').filter((part) => part !== '.' && part !== '')
  const climbs = path.startsWith('/') || path.includes('\\') || path.includes('\0') || parts.includes('..')
  return climbs || parts.length === 0 ? undefined : parts.join('/')
}

function invalidArchive(why: string): TidegateError {
  return new TidegateError('ERR_ARCHIVE_INVALID', `this is no archive of rules that can be used: ${why}`, {
    source: 'configuration',
    remedy: 'Take the .tar.gz of a release of the Core Rule Set.',
  })
}
