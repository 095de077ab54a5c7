import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

const PAUSE_MS = 100
/** More say nothing new. */
const FAILURES_MOST = 5

/** Programs of good clients: each returns what went wrong, or nothing. */
export type Client = () => Promise<string | undefined>

/** Runs a program that must end well and whose output must match. */
export function client(command: string, args: readonly string[], expected: RegExp): Client {
  return async () => {
    try {
      const { stdout } = await run(command, args, {
        timeout: 15_000,
        env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` },
      })
      return expected.test(stdout) ? undefined : `${command} said ${stdout}`
    } catch (error) {
      return `${command} failed: ${String(error)}`
    }
  }
}

/** Lets clients ask again and again, each after its last answer, while `work` goes on. */
export async function whileClientsAsk(
  clients: readonly Client[],
  work: () => Promise<void>,
): Promise<{ readonly asked: number; readonly failures: readonly string[] }> {
  const failures: string[] = []
  let asked = 0
  let isOver = false
  const ask = async (each: Client): Promise<void> => {
    while (!isOver) {
      const failure = await each()
      asked++
      if (failure !== undefined && failures.length < FAILURES_MOST) failures.push(failure)
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    }
  }
  const asking = clients.map(ask)
  try {
    await work()
  } finally {
    isOver = true
    await Promise.all(asking)
  }
  return { asked, failures }
}
