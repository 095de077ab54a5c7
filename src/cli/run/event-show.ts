import type { EventJson } from '#api'
import { connect } from '../client/connect.ts'
import type { ServerOptions } from '../client/server-options.ts'
import { eventCard } from '../event/event-card.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'

interface EventShowOptions extends ServerOptions {
  readonly json?: boolean
}

/** Does what `tidegate event show RAY` says. */
export async function runEventShow(ray: string, options: EventShowOptions): Promise<ExitCode> {
  const event = await connect(options).get<EventJson>(`/api/v1/events/${encodeURIComponent(ray)}`)
  process.stdout.write(options.json === true ? `${JSON.stringify(event, null, 2)}\n` : eventCard(event))
  return EXIT.ok
}
