import { Command } from 'commander'
import { onRun } from '../command.ts'

/** `tidegate capture compare A B`. */
export function captureCompareCommand(): Command {
  const command = new Command('compare')
    .description(
      'say what differs between two captures: what works (A) and what does not, or normal traffic (A) and an attack',
    )
    .argument('<a>', 'pcap or pcapng file: what works, or is normal')
    .argument('<b>', 'pcap or pcapng file: what does not work, or is an attack')
    .option('--no-packets', 'compare conversations only, not the packets for a filter')
    .option('--key-log <file>', 'read TLS sessions with the secrets of a key log (SSLKEYLOGFILE) as well')
    .option('--json', 'print JSON')
  return onRun(command, async () => (await import('../run/capture-compare.ts')).runCaptureCompare)
}
