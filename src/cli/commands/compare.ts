import { Command, Option } from 'commander'
import { serverOptions } from '../client/server-options.ts'
import { onRun } from '../command.ts'
import { positiveInteger } from '../option-value.ts'

const KINDS = ['http', 'packet', 'flow', 'dns']

/** `tidegate compare`. */
export function compareCommand(): Command {
  const command = serverOptions(
    new Command('compare')
      .description('find what tells bad traffic from good, and the filter that stops it')
      .requiredOption(
        '--bad <side>',
        'file of events (one JSON object a line) or capture, packed or not; or an expression about the event log',
      )
      .option('--good <side>', 'as --bad; without it the time before the bad side is the baseline')
      .option('--since <time>', 'begin: a duration before now (10m, 24h), of a file before its end, or RFC 3339 time')
      .option('--until <time>', 'end, as --since')
      .addOption(new Option('--kind <kind>', 'what the rows are (default: what their fields say)').choices(KINDS))
      .option('--unlabelled', 'the bad side holds good traffic too: look for what exceeds the good side')
      .option('--seed <n>', 'choose other rows to search', positiveInteger)
      .option('--json', 'print JSON'),
  )
  return onRun(command, async () => (await import('../run/compare.ts')).runCompare)
}
