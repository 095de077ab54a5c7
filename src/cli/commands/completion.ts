import { Argument, Command } from 'commander'
import { onRun } from '../command.ts'
import { SHELLS } from '../completion/shells.ts'

/** `tidegate completion SHELL`. `program` is asked for when the command runs: it is the tree that this command stands in. */
export function completionCommand(program: () => Command): Command {
  const command = new Command('completion')
    .description('print a completion script for a shell')
    .addArgument(new Argument('<shell>', 'shell').choices(SHELLS))
    .addHelpText(
      'after',
      '\nbash: tidegate completion bash > ~/.local/share/bash-completion/completions/tidegate\n' +
        'zsh:  tidegate completion zsh > "${fpath[1]}/_tidegate"\n' +
        'fish: tidegate completion fish > ~/.config/fish/completions/tidegate.fish',
    )
  return onRun(command, async () => (await import('../run/completion.ts')).runCompletion(program()))
}
