import { messageOf, TidegateError } from '#kernel'
import { listenToParent } from '#net'
import type { FromFirewall, ToFirewall } from './process/messages.ts'
import { FirewallService } from './process/service.ts'

/** The firewall process: the only one that talks to the kernel about packets. It ends with the process that started it. */
const service = new FirewallService((message) => parent.send(message))
const parent = listenToParent<FromFirewall, ToFirewall>(
  (message) => service.handle(message),
  () => process.exit(0),
)

// Signals are for the supervisor, which decides when to stop; a terminal sends them to both.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})

process.on('uncaughtException', (error) => {
  const text = error instanceof TidegateError ? error.describe() : (error.stack ?? messageOf(error))
  parent.send({ type: 'fault', message: text })
  process.exitCode = 1
  process.disconnect()
})
