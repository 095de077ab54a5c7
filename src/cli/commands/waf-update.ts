import { Command } from 'commander'
import { configOption } from '../client/server-options.ts'
import { onRun } from '../command.ts'

/** `tidegate waf update --from FILE|URL --sha256 HEX`. */
export function wafUpdateCommand(): Command {
  const command = configOption(
    new Command('update')
      .description('install a release of the Core Rule Set: check it, test it, compare it, and stage it in log mode')
      .requiredOption('--from <file|url>', 'archive of the release (.tar.gz)')
      .requiredOption('--sha256 <hex>', 'digest that the archive must have')
      .option('--activate', 'let it block at once, in place of the release that is active')
      .option('--dry-run', 'check and compare only, install nothing')
      .option('--json', 'print JSON'),
  )
  return onRun(command, async () => (await import('../run/waf-update.ts')).runWafUpdate)
}
