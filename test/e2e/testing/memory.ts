import { readFileSync } from 'node:fs'

/** Resident memory of a running process in bytes (proc(5), VmRSS). */
function residentBytes(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) * 1024
}

/** Watches the resident memory of a process until `stop`, which returns the most that it had. */
export function watchMemory(pid: number): { stop(): number } {
  let mostBytes = residentBytes(pid)
  const timer = setInterval(() => {
    mostBytes = Math.max(mostBytes, residentBytes(pid))
  }, 50)
  return {
    stop() {
      clearInterval(timer)
      return Math.max(mostBytes, residentBytes(pid))
    },
  }
}
