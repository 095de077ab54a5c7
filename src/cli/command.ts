import type { Command } from 'commander'
import type { ExitCode } from './exit-code.ts'

/** What a command does: it takes the positional arguments, then the options, and returns the exit code of the process. */
type Run<Arguments extends readonly unknown[]> = (...args: Arguments) => ExitCode | Promise<ExitCode>

/**
 * Sets what a command does. `load` imports it when the command is called, so that a short command does not wait for the
 * modules of all others. What it throws is printed by `main.ts`.
 */
export function onRun<Arguments extends readonly unknown[]>(
  command: Command,
  load: () => Promise<Run<Arguments>>,
): Command {
  return command.action(async (...args) => {
    const run = await load()
    process.exitCode = await run(...(args as unknown as Arguments))
  })
}
