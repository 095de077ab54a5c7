import { open, readdir, readFile, rename, unlink } from 'node:fs/promises'
import path from 'node:path'
import { lastRowEnd } from './row-text.ts'
import { parseSegmentFile, segmentFile } from './spool-segment.ts'

/**
 * Hands the open segments of dead writers to the store: each is cut to its last whole row, since a crash may have torn
 * the one after it, and made ready. A segment without a whole row is removed.
 * Returns the number of segments handed over. A missing directory holds none.
 */
export async function recoverSpool(directory: string, isDead: (writer: string) => boolean): Promise<number> {
  const names = await readdir(directory).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return []
    throw thrown
  })
  let recovered = 0
  for (const file of names) {
    const segment = parseSegmentFile(file)
    if (segment === undefined || segment.state !== 'open' || !isDead(segment.writer)) continue
    if (
      await recoverSegment(
        path.join(directory, file),
        path.join(directory, segmentFile({ ...segment, state: 'ready' })),
      )
    ) {
      recovered++
    }
  }
  return recovered
}

async function recoverSegment(from: string, to: string): Promise<boolean> {
  const content = await readFile(from)
  const end = lastRowEnd(content)
  // The first line is the header.
  if (end <= content.indexOf(0x0a) + 1) {
    await unlink(from)
    return false
  }
  if (end < content.length) {
    const file = await open(from, 'r+')
    try {
      await file.truncate(end)
    } finally {
      await file.close()
    }
  }
  await rename(from, to)
  return true
}
