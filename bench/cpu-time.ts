import { readdirSync, readFileSync } from 'node:fs'

/** Kernel clock ticks per second as user space sees them (USER_HZ), fixed at 100 on Linux. */
const TICKS_PER_SECOND = 100

interface Task {
  readonly pid: number
  readonly name: string
  readonly cpuSeconds: number
}

function parseStat(text: string): { name: string; parent: number; ticks: number } {
  const close = text.lastIndexOf(')')
  const rest = text.slice(close + 2).split(' ')
  return {
    name: text.slice(text.indexOf('(') + 1, close),
    parent: Number(rest[1]),
    ticks: Number(rest[11]) + Number(rest[12]),
  }
}

/** The process and all its descendants. */
export function processTree(root: number): number[] {
  const children = new Map<number, number[]>()
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    try {
      const { parent } = parseStat(readFileSync(`/proc/${entry}/stat`, 'latin1'))
      children.set(parent, [...(children.get(parent) ?? []), Number(entry)])
    } catch {
      continue // it ended while we looked
    }
  }
  const tree = [root]
  for (let i = 0; i < tree.length; i++) tree.push(...(children.get(tree[i]) ?? []))
  return tree
}

function tasksOf(pids: readonly number[]): Task[] {
  return pids.flatMap((pid) =>
    readdirSync(`/proc/${pid}/task`).map((task) => {
      // schedstat counts nanoseconds on the processor; stat counts ticks of 10 ms, too coarse for short runs.
      const nanoseconds = Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'latin1').split(' ')[0])
      const { name, ticks } = parseStat(readFileSync(`/proc/${pid}/task/${task}/stat`, 'latin1'))
      return { pid, name, cpuSeconds: nanoseconds > 0 ? nanoseconds / 1e9 : ticks / TICKS_PER_SECOND }
    }),
  )
}

/** CPU seconds of a process tree so far: all of it, and the part of threads whose name starts with `threadPrefix`. */
export function cpuSeconds(root: number, threadPrefix?: string): { total: number; threads: number } {
  const tasks = tasksOf(processTree(root))
  const sum = (list: readonly Task[]): number => list.reduce((seconds, task) => seconds + task.cpuSeconds, 0)
  return {
    total: sum(tasks),
    threads: threadPrefix === undefined ? 0 : sum(tasks.filter((task) => task.name.startsWith(threadPrefix))),
  }
}

/** Resident memory of a process tree in bytes. */
export function residentBytes(root: number): number {
  return processTree(root).reduce((bytes, pid) => {
    const match = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))
    return bytes + (match === null ? 0 : Number(match[1]) * 1024)
  }, 0)
}
