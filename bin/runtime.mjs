import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { bootstrapFault } from './fault.mjs'

/** The first Node that strips types without a warning. */
const MINIMUM = [24, 3, 0]
const LAUNCHER = 'TIDEGATE_LAUNCHER'
const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP']

/** Which Node shall run Tidegate: this one, or the pinned one that npm installed for this platform. */
export function findRuntime(root) {
  const current = parseVersion(process.versions.node)
  const folder = join(root, 'node_modules', `node-${process.platform}-${process.arch}`)
  const pinnedPath = join(folder, 'bin', 'node')
  if (existsSync(pinnedPath)) {
    const pinned = parseVersion(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version)
    const sameLine = current[0] === pinned[0] && compareVersions(current, pinned) >= 0
    return sameLine ? { kind: 'current' } : { kind: 'other', path: pinnedPath }
  }
  if (compareVersions(current, MINIMUM) >= 0) return { kind: 'current' }
  throw bootstrapFault(
    `Node ${MINIMUM.join('.')} or later is needed, this is ${process.versions.node}, and the pinned Node for ` +
      `${process.platform}-${process.arch} is not installed.\n` +
      '  Run `npm install --include=optional`, or start with a newer Node.',
  )
}

function parseVersion(text) {
  return text.split('.').map((part) => Number.parseInt(part, 10))
}

function compareVersions(a, b) {
  const index = a.findIndex((part, i) => part !== b[i])
  return index < 0 ? 0 : a[index] - b[index]
}

/** Runs `path` with `args` in place of this process: by exec where this Node has it, else as a child that is followed. */
export async function becomeRuntime(path, args) {
  if (typeof process.execve === 'function') {
    process.execve(path, [path, ...args], process.env)
  }
  await follow(path, args)
}

/**
 * Runs a child that shares our terminal and files, hands signals on and ends as the child ends.
 * The IPC channel carries no messages: its end tells the child that we are gone, even after SIGKILL.
 */
function follow(path, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(path, args, {
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, [LAUNCHER]: String(process.pid) },
    })
    const forward = (signal) => child.kill(signal)
    for (const signal of FORWARDED) process.on(signal, forward)
    child.on('error', (error) => reject(bootstrapFault(`${path} cannot be started (${error.message}).`)))
    child.on('exit', (code, signal) => {
      for (const name of FORWARDED) process.off(name, forward)
      // Ends by the same signal, so that a shell or a service manager sees what happened.
      if (signal !== null && process.kill(process.pid, signal)) process.exitCode = 128 + constants.signals[signal]
      else process.exitCode = code ?? 1
      resolve()
    })
  })
}

/** In a process that `follow` started: asks for an orderly end as soon as the launcher is gone. */
export function endWithLauncher() {
  const launcher = process.env[LAUNCHER]
  if (launcher === undefined) return
  delete process.env[LAUNCHER]
  if (process.channel === undefined || process.channel === null) return
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'))
  // The channel alone must not keep a finished command alive.
  process.channel.unref()
}
