import { Command } from 'commander'
import { onRun } from '../command.ts'

/** `tidegate version`. */
export function versionCommand(): Command {
  const command = new Command('version').description('print the version of Tidegate and of Node')
  return onRun(command, async () => (await import('../run/version.ts')).runVersion)
}
