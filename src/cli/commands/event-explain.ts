import { Command } from 'commander'
import { serverOptions } from '../client/server-options.ts'
import { onRun } from '../command.ts'

/** `tidegate event explain RAY`. */
export function eventExplainCommand(): Command {
  const command = serverOptions(
    new Command('explain')
      .description('show every rule as it was evaluated under the policy of that moment')
      .argument('<ray>', 'value of the header Tidegate-Ray')
      .option('--json', 'print JSON'),
  )
  return onRun(command, async () => (await import('../run/event-explain.ts')).runEventExplain)
}
