import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { messageOf } from '#kernel'

/** A process of ours that is talked to in values that can be cloned. */
export interface ChildProcess<Sent> {
  readonly pid: number | undefined
  /** Does nothing when the child has ended. */
  send(message: Sent): void
  /** Ends it: it hears that nobody talks to it any more, and is killed when it does not listen. */
  stop(): Promise<void>
}

export interface ChildProcessEvents<Received> {
  onMessage(message: Received): void
  /** Called once, whatever the reason of the end. */
  onEnd(reason: string): void
}

const STOP_MS = 3000

/** Starts a module as a process of its own, so that a fault in native memory takes nothing else down. */
export function startChild<Sent, Received>(module: URL, events: ChildProcessEvents<Received>): ChildProcess<Sent> {
  const child = fork(fileURLToPath(module), [], {
    serialization: 'advanced',
    // What the child prints goes where our own messages go: standard output is for data.
    stdio: ['ignore', 2, 2, 'ipc'],
  })
  const ended = new Promise<void>((resolve) => {
    let hasEnded = false
    const end = (reason: string): void => {
      if (hasEnded) return
      hasEnded = true
      resolve()
      events.onEnd(reason)
    }
    child.on('exit', (code, signal) => end(signal === null ? `exit code ${code}` : `signal ${signal}`))
    child.on('error', (error) => end(messageOf(error)))
  })
  child.on('message', (message) => events.onMessage(message as Received))
  return {
    pid: child.pid,
    send: (message) => {
      if (child.connected) child.send(message as object, () => {})
    },
    stop: async () => {
      if (child.connected) child.disconnect()
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
      await ended
      clearTimeout(timer)
    },
  }
}

/** The other end, in the child. */
export interface ParentProcess<Sent> {
  send(message: Sent): void
}

/** Listens to the process that started this one; `onGone` is called when it has ended or stopped talking. */
export function listenToParent<Sent, Received>(
  onMessage: (message: Received) => void,
  onGone: () => void,
): ParentProcess<Sent> {
  process.on('message', (message) => onMessage(message as Received))
  process.on('disconnect', onGone)
  return {
    send: (message) => {
      if (process.connected) process.send?.(message, undefined, undefined, () => {})
    },
  }
}
