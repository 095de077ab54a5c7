import type { CertificateConfig } from '#config'
import type { SystemLog } from '#events'
import { type Logger, TidegateError } from '#kernel'
import { CertificateStore, type CertificateWarning } from '#net'

const DAY_MS = 86_400_000
/** The tickets of a store that only reads and never answers. */
const NO_TICKETS = new Uint8Array(48)

/** Tells of certificates that work but should be repaired: at the start, when that changes, and every day again. */
export class CertificateWatch {
  readonly #certificates: readonly CertificateConfig[]
  readonly #log: Logger
  readonly #systemLog: Pick<SystemLog, 'report'>
  readonly #timer: NodeJS.Timeout
  #told: ReadonlySet<string> = new Set()

  constructor(certificates: readonly CertificateConfig[], log: Logger, systemLog: Pick<SystemLog, 'report'>) {
    this.#certificates = certificates
    this.#log = log
    this.#systemLog = systemLog
    // A certificate comes near its end without any change of its file.
    this.#timer = setInterval(() => this.#remind(), DAY_MS).unref()
    this.check()
  }

  /** Reads the certificates again and tells what is new. Those that cannot be used are the workers' business to report. */
  check(): void {
    const warnings = this.#read()
    for (const warning of warnings) if (!this.#told.has(textOf(warning))) this.#tell(warning)
    this.#told = new Set(warnings.map(textOf))
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #remind(): void {
    this.#told = new Set()
    this.check()
  }

  #read(): readonly CertificateWarning[] {
    try {
      return new CertificateStore(this.#certificates, NO_TICKETS).warnings
    } catch (error) {
      if (error instanceof TidegateError) return []
      throw error
    }
  }

  #tell(warning: CertificateWarning): void {
    const text = textOf(warning)
    this.#log.warn(text)
    const level = warning.fault === 'certificate-expired' ? 'error' : 'warn'
    this.#systemLog.report(level, warning.fault, text, { file: warning.file })
  }
}

function textOf({ file, detail }: CertificateWarning): string {
  return `${file}: ${detail}`
}
