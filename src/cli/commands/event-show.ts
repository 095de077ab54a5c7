import { Command } from 'commander'
import type { EventJson } from '#api'
import { connect } from '../client/connect.ts'
import { serverOptions, type ServerOptions } from '../client/server-options.ts'
import { onRun } from '../command.ts'
import { eventCard } from '../event/event-card.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'

interface EventShowOptions extends ServerOptions {
  readonly json?: boolean
}

/** `tidegate event show RAY`. */
export function eventShowCommand(): Command {
  const command = serverOptions(
    new Command('show')
      .description('show one event with all its facts')
      .argument('<ray>', 'value of the header Tidegate-Ray')
      .option('--json', 'print JSON'),
  )
  return onRun(command, runEventShow)
}

async function runEventShow(ray: string, options: EventShowOptions): Promise<ExitCode> {
  const event = await connect(options).get<EventJson>(`/api/v1/events/${encodeURIComponent(ray)}`)
  process.stdout.write(options.json === true ? `${JSON.stringify(event, null, 2)}\n` : eventCard(event))
  return EXIT.ok
}
