import type { PacketDirection } from '#rules'
import { Command, Option } from 'commander'
import { onRun } from '../command.ts'
import { TRACE_BACKENDS } from '../packet/trace-backends.ts'

/** Written out, so that other commands need not load the language. */
const DIRECTIONS: readonly PacketDirection[] = ['in', 'out']

/** `tidegate packet trace`. */
export function packetTraceCommand(): Command {
  const command = new Command('trace')
    .description('say which rule of the policy files decides about packets; nothing is sent')
    .option('-c, --config <file>', 'configuration; ./tidegate.yaml without it')
    .addOption(new Option('--pcap <file>', 'packets of a capture, pcap or pcapng; - is standard input'))
    .addOption(new Option('--hex <bytes>', 'one Ethernet frame in hexadecimal').conflicts('pcap'))
    .addOption(
      new Option('--fields <json>', 'one packet as { "field.name": value }; backend js only').conflicts([
        'pcap',
        'hex',
      ]),
    )
    .option(
      '--interface <name>',
      'where the packets pass; without it what a capture says of an interface that is filtered, else the first one',
    )
    .addOption(
      new Option('--direction <way>', 'the same for their direction; without it they come in').choices(DIRECTIONS),
    )
    .addOption(
      new Option('--backend <name>', 'what judges: the engine itself, or the kernel that runs the rules (needs root)')
        .choices(TRACE_BACKENDS)
        .default('js'),
    )
    .option('--ndjson', 'print one JSON object a packet')
    .option('--json', 'print one JSON array')
  return onRun(command, async () => (await import('../run/packet-trace.ts')).runPacketTrace)
}
