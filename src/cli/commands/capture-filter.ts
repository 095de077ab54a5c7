import { Command } from 'commander'
import { onRun } from '../command.ts'

/** `tidegate capture filter FILE EXPRESSION --output FILE`. */
export function captureFilterCommand(): Command {
  const command = new Command('filter')
    .description('write the packets of a capture that an expression of the rules language matches')
    .argument('<file>', 'pcap or pcapng, packed with gzip or not; - is standard input')
    .argument('<expression>', 'of the rules language, over the fields of packets; with --flows over those of flows')
    .requiredOption('-o, --output <file>', 'where the packets go, in the format they came in; - is standard output')
    .option(
      '--flows',
      'keep datagrams of exporters that tell a flow which matches, and those with what is needed to read them',
    )
    .option('--keep-secrets', 'keep blocks of decryption secrets: they open more than the packets that are kept')
    .option('--json', 'print how many packets were read and kept as JSON')
    .option('-c, --config <file>', 'configuration whose policy holds the named lists')
  return onRun(command, async () => (await import('../run/capture-filter.ts')).runCaptureFilter)
}
