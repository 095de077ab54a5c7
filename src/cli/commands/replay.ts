import { Command } from 'commander'
import { serverOptions } from '../client/server-options.ts'
import { onRun } from '../command.ts'

/** `tidegate replay --rule RULE`. */
export function replayCommand(): Command {
  const command = serverOptions(
    new Command('replay')
      .description('what a rule would have done to recorded traffic')
      .requiredOption('--rule <rule>', 'file with `phase` and `rules` as in a policy file, or an expression')
      .option('--action <action>', 'action of an expression (default: block, or drop for packets)')
      .option('--phase <phase>', 'phase of an expression (default: the first that can read its fields)')
      .option('--since <time>', 'duration before now (10m, 24h) or RFC 3339 time', '24h')
      .option('--until <time>', 'end, as --since')
      .option('--json', 'print JSON'),
  )
  return onRun(command, async () => (await import('../run/replay.ts')).runReplay)
}
