import { Command } from 'commander'
import { serverOptions } from '../client/server-options.ts'
import { onRun } from '../command.ts'

/** `tidegate packet rules`. */
export function packetRulesCommand(): Command {
  const command = serverOptions(
    new Command('rules')
      .description('show what the rules of the running packet filter counted')
      .option('--json', 'print one JSON object'),
  )
  return onRun(command, async () => (await import('../run/packet-rules.ts')).runPacketRules)
}
