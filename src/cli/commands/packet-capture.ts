import { Command, Option } from 'commander'
import { onRun } from '../command.ts'
import { oneMore, positiveInteger, sizeBytes } from '../option-value.ts'

/** `tidegate packet capture`. */
export function packetCaptureCommand(): Command {
  const command = new Command('capture')
    .description('capture packets of an interface that an expression selects')
    .argument('[expression]', 'of the rules language; every packet without it')
    .requiredOption('-i, --interface <name>', 'where to listen; may be given more than once', oneMore)
    .option('-o, --output <file>', 'write pcapng, `-` for standard output; without it a line a packet is printed')
    .option('--files <n>', 'write a ring of so many files: the oldest goes', positiveInteger)
    .option('--file-size <size>', 'begin the next file of the ring after it (64MiB)', sizeBytes)
    .option('--file-seconds <n>', 'begin the next file of the ring after so many seconds', positiveInteger)
    .option('--packets <n>', 'end after so many packets', positiveInteger)
    .option('--seconds <n>', 'end after so many seconds', positiveInteger)
    .option(
      '--size <size>',
      'end after so many written bytes; 1GiB for a single file that nothing else ends',
      sizeBytes,
    )
    .option('--snap-length <bytes>', 'keep only so much of a packet', positiveInteger)
    .addOption(new Option('--direction <direction>', 'which packets').choices(['in', 'out', 'both']).default('both'))
    .option('--promiscuous', 'also what is meant for others')
    .addOption(
      new Option('--buffer <size>', 'memory that packets may wait in, for each interface')
        .argParser(sizeBytes)
        .default(32 << 20, '32MiB'),
    )
    .option('-c, --config <file>', 'configuration whose lists the expression names')
    .option('--ndjson', 'print one JSON object a packet')
    .option('--json', 'at the end print what was captured as JSON')
  return onRun(command, async () => (await import('../run/packet-capture.ts')).runPacketCapture)
}
