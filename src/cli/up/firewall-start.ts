import type { FirewallConfig } from '#config'
import type { SystemLog } from '#events'
import type { Logger } from '#kernel'
import { FirewallGuard } from '#points'

/** The firewall with what is told about it; nothing runs before a policy is applied. */
export function openFirewall(config: FirewallConfig, log: Logger, systemLog: SystemLog): FirewallGuard {
  return new FirewallGuard(config, {
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
    onReverted: (version) => {
      const now = version === undefined ? 'no packet rule runs' : `the packet rules of policy ${version} run again`
      const message = `nobody confirmed the packet rules in time: ${now}`
      log.warn(message)
      systemLog.report('warn', 'firewall-reverted', message, version === undefined ? {} : { version })
    },
  })
}
