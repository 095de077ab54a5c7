import type { Command } from 'commander'
import type { ExitCode } from './exit-code.ts'

/**
 * Sets what a command does. `run` takes the positional arguments, then the options; what it returns is the exit code
 * of the process, what it throws is printed by `main.ts`.
 */
export function onRun<Arguments extends readonly unknown[]>(
  command: Command,
  run: (...args: Arguments) => ExitCode | Promise<ExitCode>,
): Command {
  return command.action(async (...args) => {
    process.exitCode = await run(...(args as unknown as Arguments))
  })
}
