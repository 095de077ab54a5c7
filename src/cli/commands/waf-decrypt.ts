import { Command } from 'commander'
import { serverOptions } from '../client/server-options.ts'
import { onRun } from '../command.ts'

/** `tidegate waf decrypt RAY --key FILE`. */
export function wafDecryptCommand(): Command {
  const command = serverOptions(
    new Command('decrypt')
      .description('show what matched in a request as it came, from the payload that its event holds sealed')
      .argument('<ray>', 'value of the header Tidegate-Ray')
      .requiredOption('-k, --key <file>', 'PEM file of the private key of edge.waf.payloadKey'),
  ).option('--json', 'print JSON')
  return onRun(command, async () => (await import('../run/waf-decrypt.ts')).runWafDecrypt)
}
