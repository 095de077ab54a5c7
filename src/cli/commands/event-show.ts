import { Command } from 'commander'
import { serverOptions } from '../client/server-options.ts'
import { onRun } from '../command.ts'

/** `tidegate event show RAY`. */
export function eventShowCommand(): Command {
  const command = serverOptions(
    new Command('show')
      .description('show one event with all its facts')
      .argument('<ray>', 'value of the header Tidegate-Ray')
      .option('--json', 'print JSON'),
  )
  return onRun(command, async () => (await import('../run/event-show.ts')).runEventShow)
}
