import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { messageOf, TidegateError } from '#kernel'

/** The opened data directory. While it is open no other Tidegate can open it. */
export interface DataDirectory {
  readonly path: string
  /** Makes a folder in it that only this user can read, and returns its path. */
  folder(name: string): string
  release(): void
}

/**
 * Creates the directory when it is missing (mode 0700) and locks it for this process.
 * @throws TidegateError ERR_DATA_DIRECTORY when it cannot be written or another Tidegate uses it
 */
export function openDataDirectory(path: string): DataDirectory {
  try {
    makeDirectory(path)
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    throw unusable(path, messageOf(error), 'Create it for the user that runs Tidegate, or set `data` to another path.')
  }
  const lockFile = join(path, 'lock')
  lock(path, lockFile)
  return {
    path,
    folder: (name) => {
      const folder = join(path, name)
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      return folder
    },
    release: () => rmSync(lockFile, { force: true }),
  }
}

/** Creates a directory and those above it. Node's own recursive way never ends where the kernel denies a name (/proc). */
function makeDirectory(path: string): void {
  if (existsSync(path)) return
  const parent = dirname(path)
  if (parent !== path) makeDirectory(parent)
  mkdirSync(path, { mode: 0o700 })
}

/** The process id of the Tidegate that uses this directory now, or undefined. */
export function lockHolder(path: string): number | undefined {
  try {
    const [pid, startTime] = readFileSync(join(path, 'lock'), 'utf8').trim().split(' ')
    return isRunning(Number(pid), startTime) ? Number(pid) : undefined
  } catch {
    // Without a readable lock nobody holds it.
    return undefined
  }
}

function lock(path: string, lockFile: string): void {
  const holder = lockHolder(path)
  if (holder !== undefined) throw inUse(path, `process ${holder}`)
  // What is left of a process that was killed.
  rmSync(lockFile, { force: true })
  let handle: number
  try {
    handle = openSync(lockFile, 'wx', 0o600)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw inUse(path, 'a process that starts at this moment')
    throw unusable(path, messageOf(error), 'Set `data` to a path that can be written.')
  }
  writeFileSync(handle, `${process.pid} ${startTimeOf(process.pid) ?? ''}\n`)
  closeSync(handle)
}

/** A process id alone may be that of a later process: where the system tells when it started, that must agree too. */
function isRunning(pid: number, startTime: string | undefined): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  const actual = startTimeOf(pid)
  return actual === undefined || startTime === undefined || startTime === actual
}

/** Start time of a process in clock ticks since boot (field 22 of proc(5) stat); undefined where there is no /proc. */
function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    // No /proc on this system, or the process has just ended.
    return undefined
  }
}

function inUse(path: string, holder: string): TidegateError {
  return unusable(path, `it is in use by ${holder}`, 'Stop the other Tidegate, or set `data` to another path.')
}

function unusable(path: string, reason: string, remedy: string): TidegateError {
  return new TidegateError('ERR_DATA_DIRECTORY', `data: ${path} cannot be used: ${reason}`, {
    source: 'environment',
    remedy,
  })
}
