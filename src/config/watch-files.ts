import { type FSWatcher, readdirSync, statSync, watch } from 'node:fs'
import { dirname, join } from 'node:path'

/** Ends the watching. */
export interface FileWatch {
  close(): void
}

/** A change is reported once it has been quiet for this long: editors write in several steps. */
const QUIET_MS = 100

/** Network file systems and full inotify tables report nothing, so the files are also looked at this often. */
const LOOK_MS = 2000

/** Files of one folder that are looked at; a policy has a handful. */
const MAX_ENTRIES = 10_000

/**
 * Calls `onChange` once after files or folders changed and were then quiet for a moment.
 * @param pathsOf files and folders; a folder stands for the files in it and below it; they need not exist yet. It is
 *   asked at each look: other paths than before count as a change
 */
export function watchFiles(pathsOf: () => readonly string[], onChange: () => void): FileWatch {
  let reported = fingerprintOf(pathsOf())
  let seen = reported
  let quiet: NodeJS.Timeout | undefined
  const watchers = new Map<string, FSWatcher>()

  const settle = (): void => {
    quiet = undefined
    const paths = pathsOf()
    const now = fingerprintOf(paths)
    if (now !== seen) return wait(now)
    // A file that was replaced, or a folder that appeared, needs a watcher of its own.
    openWatchers(paths, watchers, look)
    if (now === reported) return
    reported = now
    onChange()
  }
  const wait = (now: string): void => {
    seen = now
    clearTimeout(quiet)
    quiet = setTimeout(settle, QUIET_MS)
  }
  const look = (): void => {
    const now = fingerprintOf(pathsOf())
    if (now !== seen) wait(now)
  }

  openWatchers(pathsOf(), watchers, look)
  const timer = setInterval(look, LOOK_MS)
  timer.unref()
  return {
    close: () => {
      clearInterval(timer)
      clearTimeout(quiet)
      for (const watcher of watchers.values()) watcher.close()
      watchers.clear()
    },
  }
}

/** Watches the folder of each path, since a file that is replaced by renaming takes its own watcher with it. */
function openWatchers(paths: readonly string[], watchers: Map<string, FSWatcher>, look: () => void): void {
  for (const folder of new Set(paths.flatMap((path) => [dirname(path), path]))) {
    if (watchers.has(folder) || statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) continue
    try {
      const watcher = watch(folder, look)
      const forget = (): void => {
        watcher.close()
        watchers.delete(folder)
      }
      watcher.on('error', forget)
      watcher.unref()
      watchers.set(folder, watcher)
    } catch {
      // Without inotify the regular look still sees every change.
    }
  }
}

/** Changes when a file is written, replaced, added or removed. */
function fingerprintOf(paths: readonly string[]): string {
  const entries: string[] = []
  const pending = [...paths]
  for (let path = pending.pop(); path !== undefined && entries.length < MAX_ENTRIES; path = pending.pop()) {
    try {
      const state = statSync(path, { bigint: true })
      if (state.isDirectory()) for (const name of readdirSync(path).sort()) pending.push(join(path, name))
      else entries.push(`${path}\0${state.mtimeNs}\0${state.size}\0${state.ino}`)
    } catch {
      // Absent for now: it is seen when it appears.
      entries.push(`${path}\0absent`)
    }
  }
  return entries.join('\n')
}
