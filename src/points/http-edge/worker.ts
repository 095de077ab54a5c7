import { parentPort, workerData } from 'node:worker_threads'
import { GeoLookup } from '#detect'
import { EventRecorder } from '#events'
import { Logger, messageOf, TidegateError } from '#kernel'
import {
  CertificateStore,
  type ConnectionHandlers,
  ConnectionLimits,
  listen,
  type ListenContext,
  type Listener,
} from '#net'
import { EdgePolicy } from './edge-policy.ts'
import { openEdgeWaf } from './edge-waf.ts'
import { Engine } from './engine.ts'
import type { ExchangeFacts } from './facts.ts'
import { H1Connection } from './h1-connection.ts'
import { H2Front } from './h2-front.ts'
import { startHealthChecks } from './health-check.ts'
import type { FromWorker, ToWorker, WorkerStart } from './messages.ts'
import { SHARED_COLUMNS } from './shared-columns.ts'
import { EDGE_READERS } from './readers.ts'

const COUNTERS_MS = 1000
/** Faults of our own that no exchange could be blamed for: above this many a minute the worker gives its place to a new one. */
const STRAY_FAULTS_PER_MINUTE = 10

/** A data worker of the HTTP edge: listeners, fronts, engine and log in one thread. */
class EdgeWorker {
  readonly #start: WorkerStart
  readonly #post: (message: FromWorker) => void
  readonly #logger = new Logger()
  readonly #recorder: EventRecorder<ExchangeFacts>
  readonly #engine: Engine
  readonly #certificates: CertificateStore | undefined
  readonly #h2: H2Front
  readonly #listeners: Listener[] = []
  readonly #stopHealthChecks: () => void
  #prepared: EdgePolicy | undefined
  #countersTimer: NodeJS.Timeout | undefined
  #strayFaults: number[] = []

  /** Throws TidegateError when policy or certificates cannot be used. */
  constructor(start: WorkerStart, post: (message: FromWorker) => void) {
    this.#start = start
    this.#post = post
    const { edge, events } = start
    const policy = new EdgePolicy(start.policy, openEdgeWaf(start.waf))
    this.#certificates = edge.listeners.some((listener) => listener.tls)
      ? new CertificateStore(edge.certificates, start.ticketKeys)
      : undefined
    this.#recorder = new EventRecorder<ExchangeFacts>({
      kind: 'http',
      directory: start.spoolDirectory,
      budgetBytes: events.spoolBytes,
      readers: EDGE_READERS,
      redactionKey: start.redactionKey,
      redaction: events,
      shared: SHARED_COLUMNS,
    })
    this.#engine = new Engine({
      edge,
      policy,
      events: this.#recorder,
      geo: start.geo === undefined ? undefined : new GeoLookup(start.geo),
      health: start.health,
      logger: this.#logger,
      testToken: start.testToken,
    })
    this.#h2 = new H2Front({ ...edge.http2, ...edge.limits, ...edge.timeouts }, this.#engine)
    this.#stopHealthChecks = start.index === 0 ? startHealthChecks(this.#engine, this.#recorder.system) : () => {}
  }

  async listen(): Promise<void> {
    const { edge } = this.#start
    const { connections, headsPerAddress, fieldCount } = edge.limits
    const context: ListenContext = {
      certificates: this.#certificates,
      tlsHandshakeMs: edge.timeouts.tlsHandshakeMs,
      limits: new ConnectionLimits({
        connections,
        headsPerAddress,
        isExempt: (address) => this.#engine.trusted.has(address),
      }),
      reusePort: true,
      http2: { ...edge.http2, fieldCount },
    }
    for (const listener of edge.listeners) this.#listeners.push(await listen(listener, context, this.#handlers))
    this.#countersTimer = setInterval(() => this.#postCounters(), COUNTERS_MS)
    const addresses = this.#listeners.map(({ host, port, tls }) => ({ host, port, tls }))
    this.#post({ type: 'ready', addresses })
  }

  readonly #handlers: ConnectionHandlers = {
    onHttp1: (socket, facts, admission) => {
      this.#engine.counters.add('tidegate_connections_total{protocol="http/1.1"}')
      new H1Connection(this.#engine, socket, facts, admission)
    },
    onHttp2: (session, facts, admission) => {
      this.#engine.counters.add('tidegate_connections_total{protocol="h2"}')
      this.#h2.take(session, facts, admission)
    },
    onFault: ({ fault, detail, facts }) => this.#engine.reportFault(facts, fault, detail),
  }

  handle(message: ToWorker): void {
    switch (message.type) {
      case 'prepare-policy':
        this.#prepare(message.policy, message.waf)
        break
      case 'commit-policy':
        this.#commit(message.version)
        break
      case 'reload-certificates':
        this.#post({ type: 'certificates-reloaded', faults: this.#reloadCertificates() })
        break
      case 'drain':
        void this.#drain()
        break
    }
  }

  #prepare(policy: WorkerStart['policy'], waf: WorkerStart['waf'] | undefined): void {
    try {
      this.#prepared = new EdgePolicy(policy, waf === undefined ? this.#engine.policy.waf : openEdgeWaf(waf))
      this.#post({ type: 'policy-prepared', version: policy.version })
    } catch (error) {
      this.#prepared = undefined
      this.#post({ type: 'policy-refused', version: policy.version, message: describe(error) })
    }
  }

  #commit(version: string): void {
    if (this.#prepared?.version !== version) {
      this.#post({ type: 'policy-refused', version, message: 'this version was not prepared' })
      return
    }
    this.#engine.policy = this.#prepared
    this.#prepared = undefined
    this.#post({ type: 'policy-committed', version })
  }

  #reloadCertificates(): readonly string[] {
    try {
      this.#certificates?.reload()
      return []
    } catch (error) {
      return [describe(error)]
    }
  }

  #postCounters(): void {
    const { counters } = this.#engine
    const spool = this.#recorder.counters()
    counters.set(
      'tidegate_connections_open',
      this.#listeners.reduce((sum, each) => sum + each.openConnections, 0),
    )
    counters.set('tidegate_http2_sessions_open', this.#h2.openSessions)
    counters.set('tidegate_origin_connections_open', this.#engine.originConnections)
    counters.set('tidegate_waf_held_bytes', this.#engine.bodyMemory.heldBytes)
    counters.set('tidegate_events_total', spool.rows)
    counters.set('tidegate_events_bytes_total', spool.bytes)
    counters.set('tidegate_events_sampled_out_total', spool.sampledOut)
    counters.set('tidegate_events_dropped_total', spool.dropped)
    counters.set('tidegate_events_failed_total', spool.failed)
    // All workers see the same spool: one of them reports its size.
    if (this.#start.index === 0) counters.set('tidegate_spool_bytes', spool.spoolBytes)
    this.#post({ type: 'counters', counters: counters.snapshot() })
  }

  /** Stops accepting, lets what is open end within the time for it, hands over the log, and ends the thread. */
  async #drain(): Promise<void> {
    this.#engine.draining = true
    const drained = Promise.all(this.#listeners.map((listener) => listener.drain()))
    this.#h2.drain()
    const deadline = setTimeout(() => {
      this.#h2.destroy()
      for (const listener of this.#listeners) void listener.close()
    }, this.#start.edge.timeouts.drainMs)
    await drained
    clearTimeout(deadline)
    clearInterval(this.#countersTimer)
    this.#stopHealthChecks()
    this.#engine.close()
    await this.#recorder.close()
    this.#postCounters()
    this.#post({ type: 'drained' })
    parentPort?.close()
  }

  /** An exception that reached nobody. Its connection hangs until its time limit; all others go on. */
  stray(error: unknown): void {
    const now = performance.now()
    this.#strayFaults = [...this.#strayFaults.filter((at) => now - at < 60_000), now]
    this.#engine.counters.add('tidegate_internal_errors_total')
    this.#logger.error('uncaught exception', { error: error instanceof Error ? error.stack : messageOf(error) })
    if (this.#strayFaults.length > STRAY_FAULTS_PER_MINUTE) throw error
  }
}

function describe(error: unknown): string {
  return error instanceof TidegateError ? error.describe() : messageOf(error)
}

async function run(): Promise<void> {
  const port = parentPort
  if (port === null)
    throw new TidegateError('ERR_INVARIANT', 'worker.ts runs in a worker thread only', { source: 'internal' })
  const post = (message: FromWorker): void => port.postMessage(message)
  try {
    const worker = new EdgeWorker(workerData as WorkerStart, post)
    port.on('message', (message: ToWorker) => worker.handle(message))
    await worker.listen()
    process.on('uncaughtException', (error) => worker.stray(error))
  } catch (error) {
    post({ type: 'failed', message: describe(error) })
    port.close()
    process.exitCode = 1
    setImmediate(() => process.exit(1))
  }
}

await run()
