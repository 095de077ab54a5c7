import type { Command } from 'commander'
import { completionScript } from '../completion/scripts.ts'
import type { Shell } from '../completion/shells.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'

/** Does what `tidegate completion SHELL` says, for the commands of `program`. */
export function runCompletion(program: Command): (shell: Shell) => ExitCode {
  return (shell) => {
    process.stdout.write(completionScript(shell, program))
    return EXIT.ok
  }
}
