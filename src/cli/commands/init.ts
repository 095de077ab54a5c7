import { Command } from 'commander'
import { onRun } from '../command.ts'

/** `tidegate init [DIR]`. */
export function initCommand(): Command {
  const command = new Command('init')
    .description('write a commented starter configuration and policy')
    .argument('[directory]', 'where to write them; created when missing', '.')
  return onRun(command, async () => (await import('../run/init.ts')).runInit)
}
