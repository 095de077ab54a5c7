import { Command, InvalidArgumentError } from 'commander'
import { serverOptions } from '../client/server-options.ts'
import { onRun } from '../command.ts'
import { positiveInteger } from '../option-value.ts'

/** `tidegate waf suggest-exception RAY...`. */
export function wafSuggestExceptionCommand(): Command {
  const command = serverOptions(
    new Command('suggest-exception')
      .description(
        'propose the narrowest exceptions for requests that were blocked wrongly, and what else they would let pass',
      )
      .argument('<ray...>', 'value of the header Tidegate-Ray of each')
      .option('--since <time>', 'replay on requests since: duration before now (24h) or RFC 3339 time', '24h')
      .option('--days <n>', 'days until the exception expires', dayCount, 30)
      .option('--reason <text>', 'why it is made: its description')
      .option('--alternative <n>', 'which of the proposals to write', positiveInteger, 1)
      .option('--write <file>', 'add it to this file of the policy, which stays as it is otherwise')
      .option('--json', 'print JSON'),
  )
  return onRun(command, async () => (await import('../run/waf-suggest-exception.ts')).runWafSuggestException)
}

const MOST_DAYS = 3650

function dayCount(text: string): number {
  const days = positiveInteger(text)
  if (days <= MOST_DAYS) return days
  throw new InvalidArgumentError(`It must be at most ${MOST_DAYS}.`)
}
