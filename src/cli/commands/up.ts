import { Command } from 'commander'
import { onRun } from '../command.ts'

/** `tidegate up`. */
export function upCommand(): Command {
  const command = new Command('up')
    .description('run the server until SIGTERM or SIGINT; SIGHUP loads the policy again')
    .option(
      '-c, --config <file>',
      'configuration (default: ./tidegate.yaml, else a demo with an origin of its own, data in ./data)',
    )
    .option('--listen <address>', 'where the edge of the demo listens (default: 127.0.0.1:8080)')
    .option('--console <address>', 'where the console of the demo listens (default: 127.0.0.1:9090)')
    .option(
      '--confirm-within <time>',
      'take packet rules back unless `tidegate firewall confirm` comes within this time, such as 60s',
    )
    .option('-v, --verbose', 'log more')
  return onRun(command, async () => (await import('../run/up.ts')).runUp)
}
