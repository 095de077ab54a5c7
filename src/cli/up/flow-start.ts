import type { SystemLog } from '#events'
import { type Logger, messageOf } from '#kernel'
import { CollectorGuard, type CollectorStart } from '#points'
import type { EventStore } from '#store'
import type { CounterLedger } from './counter-ledger.ts'

/** The collector counts under a number that no data worker has. */
const LEDGER_PLACE = -1

export interface FlowStart extends CollectorStart {
  readonly ledger: CounterLedger
  readonly store: EventStore
  readonly log: Logger
  readonly systemLog: SystemLog
}

/** The collector of flow exports with what is told about it; it hears nothing before it is opened. */
export function openCollector({ ledger, store, log, systemLog, ...start }: FlowStart): CollectorGuard {
  return new CollectorGuard(start, {
    onCounters: (counters) => ledger.update(LEDGER_PLACE, counters),
    onDeath: (threadId, reason, restartInMs) => {
      ledger.retire(LEDGER_PLACE)
      const message = `the collector of flows died: ${reason}`
      log.error(message, { restartInMs })
      store.recoverWorker(threadId).catch((thrown: unknown) => log.error(`spool: ${messageOf(thrown)}`))
      systemLog.report('error', 'flow-collector-died', message, { restartInMs })
    },
    onRestarted: () => {
      log.info('the collector of flows runs again')
      systemLog.report('info', 'flow-collector-restarted', 'the collector of flows runs again')
    },
  })
}
