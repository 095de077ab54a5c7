import type { Config, FirewallConfig } from '#config'
import { GeoLookup } from '#detect'
import type { SystemLog } from '#events'
import { type Logger, messageOf } from '#kernel'
import { FirewallGuard, type FirewallGuardEvents, PacketRecorder, restoreLeftSettingsWithoutFirewall } from '#points'
import { floodNews } from './flood-news.ts'

/** What the firewall needs of the server that it is a part of. */
export interface FirewallSurroundings {
  readonly config: Config
  readonly spoolDirectory: string
  readonly floodFolder: string
  readonly redactionKey: Uint8Array
  /** Tables of address data; packets do not wait for them. */
  readonly geo: Promise<SharedArrayBuffer>
  readonly log: Logger
  readonly systemLog: SystemLog
}

/** The firewall with what is told about it; nothing runs before a policy is applied. */
export interface Firewall {
  readonly guard: FirewallGuard
  readonly recorder: PacketRecorder
  close(): Promise<void>
}

/** Opens the firewall where there is one. */
export function openFirewall(surroundings: FirewallSurroundings): Firewall | undefined {
  const { config, floodFolder } = surroundings
  if (config.firewall === undefined) {
    restoreSettings(surroundings.log)
    return undefined
  }
  const recorder = openRecorder(surroundings)
  const guard = openGuard(config.firewall, floodFolder, recorder, surroundings)
  return {
    guard,
    recorder,
    close: async () => {
      await guard.close()
      await recorder.close()
    },
  }
}

/** Nothing else depends on it: who may not change settings could not have changed them before. */
function restoreSettings(log: Logger): void {
  try {
    const names = restoreLeftSettingsWithoutFirewall()
    if (names.length > 0)
      log.info('settings of the kernel are as they were before the firewall', { names: names.join(', ') })
  } catch (error) {
    log.warn(`settings of the kernel stay as the firewall left them: ${messageOf(error)}`)
  }
}

function openRecorder({ config, spoolDirectory, redactionKey, geo }: FirewallSurroundings): PacketRecorder {
  let lookup: GeoLookup | undefined
  geo.then(
    (tables) => (lookup = new GeoLookup(tables)),
    // Whoever loads the tables tells why there are none.
    () => {},
  )
  const { spoolBytes, redact, sensitiveArguments, sensitiveHeaders } = config.events
  const redaction = { redact, sensitiveArguments, sensitiveHeaders }
  return new PacketRecorder(
    { directory: spoolDirectory, budgetBytes: spoolBytes, redactionKey, redaction },
    () => lookup,
  )
}

function openGuard(
  config: FirewallConfig,
  floodFolder: string,
  recorder: PacketRecorder,
  { log, systemLog, geo }: Pick<FirewallSurroundings, 'log' | 'systemLog' | 'geo'>,
): FirewallGuard {
  // Whoever loads the tables tells why there are none.
  const addressData = (): Promise<GeoLookup | undefined> =>
    geo.then(
      (tables) => new GeoLookup(tables),
      () => undefined,
    )
  const events: FirewallGuardEvents = {
    onPacket: (sample, policyVersion) => recorder.record(sample, policyVersion),
    onFloodChange: (change) => {
      const { level, code, message, facts } = floodNews(change)
      log[level](message)
      systemLog.report(level, code, message, facts)
    },
    onFault: (message) => {
      log.error(`firewall: ${message}`)
      systemLog.report('error', 'firewall-fault', message)
    },
    onDeath: (reason, restartInMs) => {
      const after = config.onExit === 'keep' ? 'the rules stay in force' : 'packets pass unfiltered'
      const message = `the firewall process died (${reason}): ${after} until it runs again`
      log.error(message, { restartInMs })
      systemLog.report('error', 'firewall-died', message, { restartInMs })
    },
    onRestarted: ({ policyVersion }) => {
      log.info('the firewall runs again', { policyVersion })
      systemLog.report('info', 'firewall-restarted', 'the firewall runs again', { policyVersion })
    },
    onInterfaces: ({ gone, back }) => {
      for (const name of gone) {
        const message = `the interface ${name} is gone: its packets are filtered again when it is back`
        log.warn(message)
        systemLog.report('warn', 'interface-gone', message, { interface: name })
      }
      for (const name of back) {
        const message = `the interface ${name} is back`
        log.info(message)
        systemLog.report('info', 'interface-back', message, { interface: name })
      }
    },
    onReverted: (version) => {
      const now = version === undefined ? 'no packet rule runs' : `the packet rules of policy ${version} run again`
      const message = `nobody confirmed the packet rules in time: ${now}`
      log.warn(message)
      systemLog.report('warn', 'firewall-reverted', message, version === undefined ? {} : { version })
    },
  }
  return new FirewallGuard(config, floodFolder, events, addressData)
}
