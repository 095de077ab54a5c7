import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { messageOf, TidegateError } from '#kernel'
import { findDataPackages } from './data-packages.ts'
import { readTableFile, writeTableFile } from './table-file.ts'

/**
 * The tables of countries and autonomous systems, read from `directory` or built there in a worker thread.
 * @param directory folder for the built tables; created when absent
 * @returns a buffer for `GeoLookup`, shared by every thread it is posted to
 * @throws TidegateError ERR_NOT_FOUND when the data packages are not installed, ERR_DATA_DIRECTORY when the folder
 * cannot be written
 */
export async function loadGeoTables(directory: string): Promise<SharedArrayBuffer> {
  const { edition } = findDataPackages()
  const stored = readTableFile(directory, edition)
  if (stored !== undefined) return stored
  const worker = new Worker(new URL('build-worker.ts', import.meta.url))
  const [tables] = (await once(worker, 'message')) as [Uint32Array]
  await worker.terminate()
  try {
    writeTableFile(directory, edition, tables)
  } catch (error) {
    throw new TidegateError(
      'ERR_DATA_DIRECTORY',
      `cannot write the address tables into ${directory}: ${messageOf(error)}`,
      {
        source: 'environment',
        remedy: 'Make the folder writable or choose another with `data:`.',
        cause: error,
      },
    )
  }
  const shared = new SharedArrayBuffer(tables.byteLength)
  new Uint32Array(shared).set(tables)
  return shared
}
