import { parentPort, workerData } from 'node:worker_threads'
import type { FromWorker, ToWorker, WorkerStart } from '#points'

/**
 * Test support: a data worker that speaks the protocol and does what the version of a policy tells it:
 * `refuse` is refused by worker 1, `die` ends worker 1 when it is prepared, `commit-fails` is not committed by worker 1.
 */
const start = workerData as WorkerStart
const post = (message: FromWorker): void => parentPort?.postMessage(message)
let running = start.policy.version
let requests = 0

function prepare(version: string): void {
  if (start.index === 1 && version === 'die') process.exit(3)
  if (start.index === 1 && version === 'refuse') post({ type: 'policy-refused', version, message: 'not to my taste' })
  else post({ type: 'policy-prepared', version })
}

function commit(version: string): void {
  if (start.index === 1 && version === 'commit-fails') {
    post({ type: 'policy-refused', version, message: 'lost it' })
    return
  }
  running = version
  requests++
  post({ type: 'counters', counters: { seen_total: requests, [`runs_${running}`]: 1 } })
  post({ type: 'policy-committed', version })
}

parentPort?.on('message', (message: ToWorker) => {
  if (message.type === 'prepare-policy') prepare(message.policy.version)
  else if (message.type === 'commit-policy') commit(message.version)
  else if (message.type === 'reload-certificates') post({ type: 'certificates-reloaded', faults: ['a.crt is bad'] })
  else {
    post({ type: 'drained' })
    parentPort?.close()
  }
})

if (start.policy.version === 'no-port') post({ type: 'failed', message: 'cannot listen on 127.0.0.1:1' })
else {
  post({ type: 'counters', counters: { seen_total: 0, [`runs_${running}`]: 1 } })
  post({ type: 'ready', addresses: [{ host: '127.0.0.1', port: 1, tls: false }] })
}
