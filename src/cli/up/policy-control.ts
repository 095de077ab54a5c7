import type { ReloadOutcome, RunningPolicy } from '#api'
import {
  type Config,
  InvalidFilesError,
  type LoadedPolicy,
  type LoadedWaf,
  loadPolicy,
  loadWaf,
  type PolicyArchive,
  type WafTables,
} from '#config'
import type { SystemLog } from '#events'
import { type Logger, messageOf, TidegateError } from '#kernel'
import type { FirewallGuard } from '#points'
import { withFreshWaf } from './fresh-config.ts'
import type { WorkerPool } from './worker-pool.ts'

export interface PolicyControlOptions {
  readonly config: Config
  readonly loaded: LoadedPolicy
  readonly waf: LoadedWaf
  /** Folder of compiled SecLang rules. */
  readonly wafCache: string
  readonly archive: PolicyArchive
  /** Undefined where no packets are filtered. */
  readonly firewall: FirewallGuard | undefined
  readonly log: Logger
  readonly systemLog: SystemLog
}

/** Which policy and which WAF run, and how others take their place: wholly or not at all. */
export class PolicyControl {
  reloads = 0
  refusals = 0
  readonly #config: Config
  readonly #wafCache: string
  readonly #archive: PolicyArchive
  readonly #firewall: FirewallGuard | undefined
  readonly #log: Logger
  readonly #systemLog: SystemLog
  #loaded: LoadedPolicy
  #waf: LoadedWaf
  #files: readonly string[]
  #sinceMs = Date.now()
  #turn: Promise<unknown> = Promise.resolve()

  constructor({ config, loaded, waf, wafCache, archive, firewall, log, systemLog }: PolicyControlOptions) {
    this.#config = config
    this.#wafCache = wafCache
    this.#loaded = loaded
    this.#waf = waf
    this.#files = [...loaded.files, ...waf.files]
    this.#archive = archive
    this.#firewall = firewall
    this.#log = log
    this.#systemLog = systemLog
  }

  get running(): RunningPolicy {
    return { policy: this.#loaded.policy, sinceMs: this.#sinceMs, warnings: this.#loaded.warnings }
  }

  get waf(): WafTables {
    return this.#waf.tables
  }

  /** Files that were asked for last, also when that was refused: a change of one is worth a reload. */
  get files(): readonly string[] {
    return this.#files
  }

  /**
   * Loads policy and certificates again; calls wait for each other. `actor` says who asked.
   * @throws TidegateError when the new policy is refused: the old one runs on
   */
  reload(actor: string, pool: WorkerPool): Promise<ReloadOutcome> {
    const outcome = this.#turn.then(() => this.#reloadNow(actor, pool))
    this.#turn = outcome.catch(() => {})
    return outcome
  }

  async #reloadNow(actor: string, pool: WorkerPool): Promise<ReloadOutcome> {
    const previousVersion = this.#loaded.policy.version
    try {
      const loaded = loadPolicy(this.#config.policyDirectory, { config: this.#config })
      this.#files = [...loaded.files, ...this.#waf.files]
      const waf = loadWaf(withFreshWaf(this.#config), loaded.policy, {
        before: this.#waf,
        cacheDirectory: this.#wafCache,
      })
      this.#files = [...loaded.files, ...waf.files]
      const { version } = loaded.policy
      const wafChanged = waf.digest !== this.#waf.digest
      if (version === previousVersion && !wafChanged) this.#loaded = loaded
      else await this.#install(loaded, waf, pool)
      const certificateFaults = await pool.reloadCertificates()
      this.reloads++
      this.#report(actor, previousVersion, loaded, certificateFaults)
      if (wafChanged) this.#reportWaf(actor, waf)
      const warnings = [...loaded.warnings, ...waf.warnings]
      return { version, previousVersion, wafChanged, warnings, certificateFaults }
    } catch (error) {
      this.refusals++
      if (error instanceof InvalidFilesError && error.files.length > 0) this.#files = error.files
      this.#reportRefusal(actor, error)
      throw error
    }
  }

  async #install(loaded: LoadedPolicy, waf: LoadedWaf, pool: WorkerPool): Promise<void> {
    // Kept before it decides anything, so that each of its events can be explained whatever happens next.
    this.#archive.keep(loaded)
    // Workers keep the WAF that they have, with all that it has learnt, when it did not change.
    const tables = waf.digest === this.#waf.digest ? undefined : waf.tables
    const before = this.#loaded.policy
    const isOther = loaded.policy.version !== before.version
    // First, because the kernel may refuse it.
    if (isOther) await this.#firewall?.apply(loaded.policy)
    try {
      await pool.changePolicy(loaded.policy, tables, () => {
        if (isOther) this.#sinceMs = Date.now()
        this.#loaded = loaded
        this.#waf = waf
      })
    } catch (error) {
      if (isOther) await this.#firewall?.apply(before)
      throw error
    }
  }

  #report(actor: string, previousVersion: string, loaded: LoadedPolicy, certificateFaults: readonly string[]): void {
    const { version } = loaded.policy
    const facts = { actor, version, previousVersion }
    for (const fault of certificateFaults) {
      this.#log.error(fault)
      this.#systemLog.report('error', 'certificate-fault', fault, { actor })
    }
    if (version === previousVersion) {
      this.#log.info('policy reloaded without a change', facts)
      return
    }
    this.#log.info('policy reloaded', facts)
    this.#systemLog.report('info', 'policy-reloaded', `policy ${version} runs instead of ${previousVersion}`, facts)
  }

  #reportWaf(actor: string, { crs }: LoadedWaf): void {
    const rules = crs === undefined ? 'no SecLang rules' : `${crs.ruleCount} SecLang rules of ${crs.directory}`
    this.#log.info('WAF reloaded', { actor, rules })
    this.#systemLog.report('info', 'waf-reloaded', `the WAF runs with other settings or rules: ${rules}`, { actor })
  }

  #reportRefusal(actor: string, error: unknown): void {
    const text = error instanceof TidegateError ? error.describe() : messageOf(error)
    this.#log.error(`policy refused, the old one runs on:\n${text}`, { actor })
    this.#systemLog.report('error', 'policy-refused', text, { actor, version: this.#loaded.policy.version })
  }
}
