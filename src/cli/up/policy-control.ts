import type { ReloadOutcome, RunningPolicy } from '#api'
import { type Config, InvalidFilesError, type LoadedPolicy, loadPolicy, type PolicyArchive } from '#config'
import type { SystemLog } from '#events'
import { type Logger, messageOf, TidegateError } from '#kernel'
import type { WorkerPool } from './worker-pool.ts'

/** Which policy runs, and how another one takes its place: wholly or not at all. */
export class PolicyControl {
  reloads = 0
  refusals = 0
  readonly #config: Config
  readonly #archive: PolicyArchive
  readonly #log: Logger
  readonly #systemLog: SystemLog
  #loaded: LoadedPolicy
  #files: readonly string[]
  #sinceMs = Date.now()
  #turn: Promise<unknown> = Promise.resolve()

  constructor(config: Config, loaded: LoadedPolicy, archive: PolicyArchive, log: Logger, systemLog: SystemLog) {
    this.#config = config
    this.#loaded = loaded
    this.#files = loaded.files
    this.#archive = archive
    this.#log = log
    this.#systemLog = systemLog
  }

  get running(): RunningPolicy {
    return { policy: this.#loaded.policy, sinceMs: this.#sinceMs, warnings: this.#loaded.warnings }
  }

  /** Policy and list files that were asked for last, also when that was refused: a change of one is worth a reload. */
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
      this.#files = loaded.files
      const { version } = loaded.policy
      if (version === previousVersion) this.#loaded = loaded
      else await this.#install(loaded, pool)
      const certificateFaults = await pool.reloadCertificates()
      this.reloads++
      this.#report(actor, previousVersion, loaded, certificateFaults)
      return { version, previousVersion, warnings: loaded.warnings, certificateFaults }
    } catch (error) {
      this.refusals++
      if (error instanceof InvalidFilesError && error.files.length > 0) this.#files = error.files
      this.#reportRefusal(actor, error)
      throw error
    }
  }

  async #install(loaded: LoadedPolicy, pool: WorkerPool): Promise<void> {
    // Kept before it decides anything, so that each of its events can be explained whatever happens next.
    this.#archive.keep(loaded)
    await pool.changePolicy(loaded.policy, () => {
      this.#loaded = loaded
      this.#sinceMs = Date.now()
    })
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

  #reportRefusal(actor: string, error: unknown): void {
    const text = error instanceof TidegateError ? error.describe() : messageOf(error)
    this.#log.error(`policy refused, the old one runs on:\n${text}`, { actor })
    this.#systemLog.report('error', 'policy-refused', text, { actor, version: this.#loaded.policy.version })
  }
}
