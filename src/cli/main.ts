import { CommanderError } from 'commander'
import { messageOf, TidegateError } from '#kernel'
import { environmentRemedy } from './environment-fault.ts'
import { EXIT, exitCodeOf } from './exit-code.ts'
import { buildProgram } from './program.ts'

/** Runs one command line (without program name) and sets `process.exitCode`. Prints errors as one clear message. */
export async function runCommandLine(args: readonly string[]): Promise<void> {
  // A reader such as `head` that has seen enough is no fault.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(EXIT.ok)
    process.stderr.write(`tidegate: standard output cannot be written: ${messageOf(error)}\n`)
    process.exit(EXIT.usage)
  })
  // Messages that cannot be written, as on a full disk, are lost; what runs, such as a server, goes on without them.
  process.stderr.on('error', () => {})
  try {
    await buildProgram().parseAsync(args, { from: 'user' })
  } catch (thrown) {
    process.exitCode = report(thrown)
  }
}

function report(thrown: unknown): number {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT.ok : EXIT.usage
  if (process.env['TIDEGATE_DEBUG'] !== undefined && thrown instanceof Error) {
    process.stderr.write(`${thrown.stack ?? thrown.message}\n`)
  }
  if (thrown instanceof TidegateError) {
    process.stderr.write(`tidegate: ${thrown.describe()}\n`)
    return exitCodeOf(thrown.code)
  }
  const remedy = environmentRemedy(thrown)
  if (remedy !== undefined) {
    process.stderr.write(`tidegate: ${messageOf(thrown)}\n  ${remedy}\n`)
    return EXIT.usage
  }
  process.stderr.write(
    `tidegate: internal error: ${messageOf(thrown)}\n  Run again with TIDEGATE_DEBUG=1 to see where, and report it.\n`,
  )
  return EXIT.negative
}
