import { Command } from 'commander'
import { serverOptions } from '../client/server-options.ts'
import { onRun } from '../command.ts'
import { positiveInteger } from '../option-value.ts'

/** `tidegate packet top`. */
export function packetTopCommand(): Command {
  const command = serverOptions(
    new Command('top')
      .description('show the heaviest flows of the last seconds, estimated from sampled packets')
      .option('--limit <n>', 'most flows to show', positiveInteger, 20)
      .option('--json', 'print one JSON object'),
  )
  return onRun(command, async () => (await import('../run/packet-top.ts')).runPacketTop)
}
