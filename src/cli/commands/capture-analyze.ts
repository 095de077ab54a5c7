import { Command, Option } from 'commander'
import { onRun } from '../command.ts'

/** `tidegate capture analyze FILE`. */
export function captureAnalyzeCommand(): Command {
  const command = new Command('analyze')
    .description('say what is wrong in a capture: findings with their frames, likely root causes first')
    .argument('<file>', 'pcap or pcapng, packed with gzip or not; - is standard input')
    .option('--json', 'print everything as one JSON object')
    .option('--key-log <file>', 'read TLS sessions with the secrets of a key log (SSLKEYLOGFILE) as well')
    .option('--all', 'print conversations, protocols, the largest flows and the slowest requests as well')
    .addOption(
      new Option(
        '--tshark [frames]',
        'let tshark dissect frames deeply, such as 3,7-9; without a list those of the first finding',
      ),
    )
  return onRun(command, async () => (await import('../run/capture-analyze.ts')).runCaptureAnalyze)
}
