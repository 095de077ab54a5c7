import { Command } from 'commander'
import { onRun } from '../command.ts'
import { positiveInteger } from '../option-value.ts'

/** `tidegate capture flows FILE`. */
export function captureFlowsCommand(): Command {
  const command = new Command('flows')
    .description('list the flows that exporters tell in a capture: NetFlow 5 and 9, IPFIX, sFlow')
    .argument('<file>', 'pcap or pcapng, packed with gzip or not; - is standard input')
    .argument('[expression]', 'of the rules language, over the fields of flows; every flow without it')
    .option('--limit <n>', 'most flows of the table', positiveInteger, 50)
    .option('--ndjson', 'print every flow as one JSON object a line, as events are written')
    .option('--json', 'print every flow in one JSON array')
    .option('-c, --config <file>', 'configuration whose policy holds the named lists')
  return onRun(command, async () => (await import('../run/capture-flows.ts')).runCaptureFlows)
}
