import { join } from 'node:path'
import { type ApiServices, createApiHandler } from '#api'
import { appendRules, type Config, type ListenAddress, loadPolicy, loadWaf, PolicyArchive } from '#config'
import { loadGeoTables } from '#detect'
import { SpoolUsage, SystemLog } from '#events'
import { type Logger, messageOf, TidegateError } from '#kernel'
import { CertificateStore, type ControlServer, createControlServer } from '#net'
import { createOriginHealth, type FirewallReport, HTTP_EDGE } from '#points'
import { EventStore } from '#store'
import { ComparisonDesk } from '#workbench'
import { CertificateWatch } from './certificate-watch.ts'
import { ConsoleAccess } from './console-access.ts'
import { type DataDirectory, openDataDirectory } from './data-directory.ts'
import type { WorkerAddress } from './data-worker.ts'
import { openFirewall } from './firewall-start.ts'
import { openCollector } from './flow-start.ts'
import { checkListenAddresses, listenError } from './listen-check.ts'
import { serverMetrics } from './metrics.ts'
import { PolicyControl } from './policy-control.ts'
import { loadSecrets, type Secrets } from './secrets.ts'
import { reportConfigChange, watchSources } from './watches.ts'
import { WorkerPool } from './worker-pool.ts'

/** A running server. */
export interface Server {
  readonly config: Config
  readonly addresses: readonly WorkerAddress[]
  /** What filters packets; undefined where nothing does. */
  readonly firewall: FirewallReport | undefined
  /** Where exporters of flows are heard. */
  readonly collectors: readonly ListenAddress[]
  readonly consoleUrl: string
  readonly policyVersion: string
  /** What SIGHUP asks for: policy, certificates, and a look at the configuration file. Never throws. */
  hangUp(): Promise<void>
  /** Stops accepting, finishes what runs, writes everything out. */
  stop(reason: string): Promise<void>
}

/** What has been started, ended in reverse order. */
class Ending {
  readonly #steps: (() => void | Promise<void>)[] = []

  add(step: () => void | Promise<void>): void {
    this.#steps.push(step)
  }

  async run(): Promise<void> {
    for (const step of this.#steps.splice(0).toReversed()) await step()
  }
}

/**
 * Starts everything that a configuration asks for, in the order in which it depends on each other. When something cannot
 * be had, what was started is ended again and the error names the setting.
 */
export async function startServer(config: Config, log: Logger): Promise<Server> {
  const ending = new Ending()
  try {
    return await start(config, log, ending)
  } catch (error) {
    await ending.run()
    throw error
  }
}

async function start(config: Config, log: Logger, ending: Ending): Promise<Server> {
  const startedAtMs = Date.now()
  const data = openDataDirectory(config.dataDirectory)
  ending.add(() => data.release())
  const loaded = loadPolicy(config.policyDirectory, { config })
  const wafCache = join(data.folder('waf'), 'compiled')
  const waf = loadWaf(config, loaded.policy, { cacheDirectory: wafCache })
  for (const { place, message } of [...loaded.warnings, ...waf.warnings]) {
    log.warn(`${place.file}:${place.line}:${place.column}: ${message}`)
  }
  const secrets = loadSecrets(data.folder('keys'))
  const archive = new PolicyArchive(data.folder('policies'))
  archive.keep(loaded)
  checkCertificates(config, secrets)
  const { edge, problems } = await checkListenAddresses(config)
  if (problems.length > 0) throw listenError(problems[0])

  const spoolDirectory = data.folder('spool')
  const geoTables = loadGeoTables(data.folder('geo'))
  // Awaited below; a failure before that must not count as unheard.
  geoTables.catch(() => {})
  const { store, systemLog } = await openEvents(config, data, spoolDirectory, ending)
  const filter = openFirewall({
    config,
    spoolDirectory,
    floodFolder: join(data.path, 'floods'),
    redactionKey: secrets.redactionKey,
    geo: geoTables,
    log,
    systemLog,
  })
  ending.add(() => filter?.close())
  const firewall = filter?.guard
  const control = new PolicyControl({ config, loaded, waf, wafCache, archive, firewall, log, systemLog })
  const certificates = new CertificateWatch(edge.certificates, log, systemLog)
  ending.add(() => certificates.close())
  const reload = (actor: string): ReturnType<PolicyControl['reload']> =>
    control.reload(actor, pool).finally(() => certificates.check())
  const geo = await geoOrNone(geoTables, log, systemLog)
  const health = createOriginHealth(edge)
  const testToken = testTokenOf(config, log)
  const pool = new WorkerPool({
    count: edge.workers,
    module: HTTP_EDGE.worker,
    start: (index) => ({
      index,
      edge,
      events: config.events,
      policy: control.running.policy,
      waf: control.waf,
      testToken,
      spoolDirectory,
      redactionKey: secrets.redactionKey,
      ticketKeys: secrets.ticketKeys,
      geo,
      health,
    }),
    onDeath: ({ index, threadId, reason, restartInMs }) => {
      const message = `data worker ${index} died: ${reason}`
      log.error(message, { restartInMs })
      store.recoverWorker(threadId).catch((thrown: unknown) => log.error(`spool: ${messageOf(thrown)}`))
      systemLog.report('error', 'worker-died', message, { worker: index, restartInMs })
    },
    onRestarted: (index) => {
      log.info(`data worker ${index} runs again`)
      systemLog.report('info', 'worker-restarted', `data worker ${index} runs again`, { worker: index })
    },
  })
  ending.add(() => pool.drain(edge.timeouts.drainMs))
  const addresses = await pool.start()
  await firewall?.apply(loaded.policy)
  const collector =
    config.flows === undefined
      ? undefined
      : openCollector({
          flows: config.flows,
          events: config.events,
          spoolDirectory,
          redactionKey: secrets.redactionKey,
          geo,
          memoryFile: join(data.folder('flows'), 'exporters.json'),
          floodFile: join(data.folder('flows'), 'floods.json'),
          ledger: pool.counters,
          store,
          log,
          systemLog,
        })
  await collector?.open()
  ending.add(() => collector?.close())

  const services: ApiServices = {
    store,
    comparisons: new ComparisonDesk(store),
    archive,
    running: () => control.running,
    state: () => ({
      healthy: pool.running === edge.workers,
      workersRunning: pool.running,
      workersWanted: edge.workers,
      startedAtMs,
    }),
    reload,
    firewall,
    addRules: (name, rules) => appendRules(config, join(config.policyDirectory, name), rules),
    metrics: () => serverMetrics({ pool, control, firewall: filter, startedAtMs }),
  }
  const access = new ConsoleAccess(config, data.path)
  const server = await startConsole(config, services, access, log)
  ending.add(() => server.close())
  const consoleUrl = access.publish(server.port)
  ending.add(() => access.withdraw())

  const hangUp = async (actor: string): Promise<void> => {
    // The reload has told the log and the events why it failed.
    await reload(actor).catch(() => {})
  }
  const watch = watchSources(
    config,
    () => control.files,
    () => void hangUp('file change'),
    () => {
      reportConfigChange(config, log, systemLog)
      void hangUp('file change')
    },
  )
  ending.add(() => watch.close())
  const { version } = control.running.policy
  systemLog.report('info', 'started', 'Tidegate started', { policyVersion: version, workers: edge.workers })
  return {
    config: { ...config, edge },
    addresses,
    firewall: firewall?.report(),
    collectors: collector?.addresses ?? [],
    consoleUrl,
    policyVersion: version,
    hangUp: async () => {
      reportConfigChange(config, log, systemLog)
      await hangUp('SIGHUP')
    },
    stop: async (reason) => {
      systemLog.report('info', 'stopped', `Tidegate stops: ${reason}`, { reason })
      await ending.run()
    },
  }
}

/** The secret of the test client; without it the setting does nothing, which the log says. */
function testTokenOf({ edge }: Config, log: Logger): string | undefined {
  const name = edge.testTokenEnv
  if (name === undefined) return undefined
  const secret = process.env[name] ?? ''
  if (secret !== '') return secret
  log.warn(`edge.testTokenEnv is off: the variable ${name} is not set`)
  return undefined
}

/** Every worker loads the certificates itself; a bad one shall stop the start once, with its own error. */
function checkCertificates({ edge }: Config, secrets: Secrets): void {
  if (edge.certificates.length > 0) new CertificateStore(edge.certificates, secrets.ticketKeys)
}

async function openEvents(
  config: Config,
  data: DataDirectory,
  spoolDirectory: string,
  ending: Ending,
): Promise<{ readonly store: EventStore; readonly systemLog: SystemLog }> {
  const { retentionSeconds, retentionBytes, memoryLimitBytes, spoolBytes } = config.events
  const { redact, sensitiveArguments, sensitiveHeaders } = config.events
  const store = await EventStore.open({
    directory: data.folder('events'),
    spoolDirectory,
    retentionSeconds,
    retentionBytes,
    memoryLimitBytes,
    redact,
    sensitiveArguments,
    sensitiveHeaders,
  })
  ending.add(() => store.close())
  const systemLog = new SystemLog(new SpoolUsage(spoolDirectory, spoolBytes))
  ending.add(() => systemLog.close())
  return { store, systemLog }
}

/** Traffic does not wait for address data: without it the country and AS number fields are absent, and the log says so. */
async function geoOrNone(
  tables: Promise<SharedArrayBuffer>,
  log: Logger,
  systemLog: SystemLog,
): Promise<SharedArrayBuffer | undefined> {
  try {
    return await tables
  } catch (error) {
    const message = `ip.src.country and ip.src.asnum are absent: ${messageOf(error)}`
    log.error(message)
    systemLog.report('error', 'geo-missing', message)
    return undefined
  }
}

async function startConsole(
  config: Config,
  services: ApiServices,
  access: ConsoleAccess,
  log: Logger,
): Promise<ControlServer> {
  const fault = (error: unknown): void => log.error(`API: ${messageOf(error)}`)
  const { warnings, tokens } = access
  for (const warning of warnings) log.warn(warning)
  try {
    return await createControlServer(createApiHandler(services, tokens, fault), config.console.listen, fault)
  } catch (error) {
    if (!(error instanceof TidegateError)) throw error
    throw listenError({ setting: 'console.listen', error })
  }
}
