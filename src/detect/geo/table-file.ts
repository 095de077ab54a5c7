import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { CHECKSUM_WORD, FORMAT, HEADER_BYTES, MAGIC } from './table-format.ts'

const PREFIX = 'tables-'

function fileOf(directory: string, edition: string): string {
  return join(directory, `${PREFIX}${FORMAT}-${edition}.bin`)
}

/** Reads tables that were built before; undefined when there are none, or when a byte of them is wrong. */
export function readTableFile(directory: string, edition: string): SharedArrayBuffer | undefined {
  let bytes: Buffer
  try {
    bytes = readFileSync(fileOf(directory, edition))
  } catch {
    // Whatever the reason, the tables can be built again.
    return undefined
  }
  if (bytes.length < HEADER_BYTES || bytes.length % 4 !== 0) return undefined
  const shared = new SharedArrayBuffer(bytes.length)
  bytes.copy(new Uint8Array(shared))
  const words = new Uint32Array(shared)
  return words[0] === MAGIC && words[1] === FORMAT && words[CHECKSUM_WORD] === checksumOf(bytes) ? shared : undefined
}

/** Writes the tables under a temporary name and renames them, so that a reader never sees half of them. */
export function writeTableFile(directory: string, edition: string, tables: Uint32Array): void {
  mkdirSync(directory, { recursive: true })
  const file = fileOf(directory, edition)
  const temporary = `${file}.${process.pid}.tmp`
  const bytes = new Uint8Array(tables.buffer, tables.byteOffset, tables.byteLength)
  tables[CHECKSUM_WORD] = checksumOf(bytes)
  try {
    writeFlushed(temporary, bytes)
    renameSync(temporary, file)
  } catch (error) {
    // On a disk that is full, half a file would take the room that others need.
    rmSync(temporary, { force: true })
    throw error
  }
  for (const name of readdirSync(directory)) {
    if (name.startsWith(PREFIX) && name.endsWith('.bin') && join(directory, name) !== file)
      rmSync(join(directory, name))
  }
}

function writeFlushed(path: string, bytes: Uint8Array): void {
  const descriptor = openSync(path, 'w')
  try {
    for (let written = 0; written < bytes.length;) written += writeSync(descriptor, bytes, written)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** CRC-32 over everything but the word that holds it. */
function checksumOf(bytes: Uint8Array): number {
  return crc32(bytes.subarray(4 * (CHECKSUM_WORD + 1)), crc32(bytes.subarray(0, 4 * CHECKSUM_WORD)))
}
