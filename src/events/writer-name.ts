import { randomBytes } from 'node:crypto'
import { threadId } from 'node:worker_threads'

const ALIVE = new Set<string>()

/** A name for a new spool writer of this thread, never used before: process, thread, chance. */
export function createWriterName(): string {
  const name = `${process.pid}_${threadId}_${randomBytes(4).toString('hex')}`
  ALIVE.add(name)
  return name
}

/** The writer closed its last segment: nothing of it needs to be recovered. */
export function retireWriterName(name: string): void {
  ALIVE.delete(name)
}

/** True while a writer of this thread may still write. */
export function isWriterOfThisThread(name: string): boolean {
  return ALIVE.has(name)
}

/** True when `name` was made by the given worker thread of this process. */
export function isWriterOfWorker(name: string, workerThreadId: number): boolean {
  return name.startsWith(`${process.pid}_${workerThreadId}_`)
}
