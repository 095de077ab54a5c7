import { Command, Option } from 'commander'
import { configOption } from '../client/server-options.ts'
import { onRun } from '../command.ts'
import { percent, positiveInteger } from '../option-value.ts'
import { ATTACK_CLASSES } from '../waf/attack-class.ts'

const CORPORA = ['all', 'attack', 'benign', 'ordinary', 'hard']

/** `tidegate waf test`. */
export function wafTestCommand(): Command {
  const command = configOption(
    new Command('test')
      .description('attack your own configuration and send it harmless requests: what passes, what is blocked wrongly')
      .option('--site <name>', 'only this site of the configuration')
      .addOption(new Option('--corpus <name>', 'which requests').choices(CORPORA).default('all'))
      .addOption(new Option('--class <class...>', 'only attacks of these classes').choices(ATTACK_CLASSES))
      .addOption(
        new Option(
          '--show <requests>',
          'list what is stopped, or what passes, in place of what goes wrong: attacks that pass, harmless requests that do not',
        ).choices(['blocked', 'passed']),
      )
      .option('--limit <n>', 'most requests to list for a site', positiveInteger, 20)
      .option('--ip <address>', 'client address', '192.0.2.1')
      .option('--min-detection <percent>', 'exit with 1 when fewer attacks are detected', percent)
      .option('--max-false-positives <percent>', 'exit with 1 when more harmless requests are blocked', percent)
      .option('--url <url>', 'send the requests to this running edge instead; what passes reaches the application')
      .option(
        '--token-env <name>',
        'variable with the secret of edge.testTokenEnv: --url then tells which rules matched',
      )
      .option('--insecure', 'do not verify the certificate of --url')
      .option('--json', 'print JSON'),
  )
  return onRun(command, async () => (await import('../run/waf-test.ts')).runWafTest)
}
