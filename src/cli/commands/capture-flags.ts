import { Command } from 'commander'
import { onRun } from '../command.ts'

/** `tidegate capture flags FILE`. */
export function captureFlagsCommand(): Command {
  const command = new Command('flags')
    .description("say what TCP analysis says of each frame, in the words of Wireshark's tcp.analysis.*")
    .argument('<file>', 'pcap or pcapng, packed with gzip or not; - is standard input')
    .option('--ndjson', 'print one JSON object a frame, also for frames without flags')
    .option('--json', 'print one JSON array')
  return onRun(command, async () => (await import('../run/capture-flags.ts')).runCaptureFlags)
}
