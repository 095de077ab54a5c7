import {
  WAF_CLASSES,
  type WafCoverage,
  type WafInspection,
  type WafInterruption,
  type WafSettings,
  type WafVerdict,
} from '#detect'
import { matchesJson, type PayloadSealer } from '#events'

/** So many fit into an event whatever their bytes are. */
const SEALED_MATCHES = 16

/** What rules and the log can read about the judgement of one request. */
export class WafFacts {
  readonly settings: WafSettings
  /** Set when the inspection itself failed and nothing may pass then. */
  failure: WafInterruption | undefined = undefined
  readonly #inspection: WafInspection
  readonly #sealer: PayloadSealer | undefined
  #verdict: WafVerdict | undefined = undefined

  constructor(settings: WafSettings, inspection: WafInspection, sealer: PayloadSealer | undefined) {
    this.settings = settings
    this.#inspection = inspection
    this.#sealer = sealer
  }

  /** Called after each step of the inspection: what was read before may have changed. */
  stepped(): void {
    this.#verdict = undefined
  }

  get verdict(): WafVerdict {
    this.#verdict ??= this.#inspection.verdict
    return this.#verdict
  }

  get interruption(): WafInterruption | undefined {
    return this.failure ?? this.#inspection.interruption
  }

  /** What the WAF says, whether it is obeyed or not. */
  get outcome(): 'pass' | 'block' {
    return this.interruption === undefined ? 'pass' : 'block'
  }

  get inboundAnomaly(): number | undefined {
    return this.#sums ? this.verdict.inboundAnomaly : undefined
  }

  get outboundAnomaly(): number | undefined {
    return this.#sums ? this.verdict.outboundAnomaly : undefined
  }

  /** Only SecLang rules add up scores. */
  get #sums(): boolean {
    return this.settings.ruleSets.includes('crs')
  }

  /** Settings that an explanation needs, as JSON; undefined when there is nothing to explain. */
  get settingsJson(): string | undefined {
    if (this.verdict.ruleIds.length === 0 && this.interruption === undefined) return undefined
    const { ruleSets, paranoia, inboundThreshold, outboundThreshold } = this.settings
    const classes = WAF_CLASSES.filter((name) => this.verdict.classScores[name] !== undefined)
    const sensitivity = Object.fromEntries(classes.map((name) => [name, this.settings.sensitivity[name]]))
    return JSON.stringify({ ruleSets, paranoia, inboundThreshold, outboundThreshold, sensitivity })
  }

  /** The first matches as they came, sealed; undefined without a key or a match. */
  payload(ray: string): string | undefined {
    if (this.#sealer === undefined) return undefined
    const json = matchesJson({ matches: this.verdict.matches.slice(0, SEALED_MATCHES) })
    return json === undefined ? undefined : this.#sealer.seal(json, ray)
  }

  get classScores(): ReadonlyMap<string, number> | undefined {
    const { classScores } = this.verdict
    const entries = Object.entries(classScores)
    return entries.length === 0 ? undefined : new Map(entries)
  }

  get requestCoverage(): string | undefined {
    return coverageText(this.verdict.request)
  }

  get responseCoverage(): string | undefined {
    const { response } = this.verdict
    return response === undefined ? undefined : coverageText(response)
  }

  /** Undefined without a body. */
  get inspectedBytes(): number | undefined {
    const { inspectedBytes, totalBytes } = this.verdict.request
    return totalBytes === 0 ? undefined : inspectedBytes
  }
}

const KILOBYTE = 1024

/** How much of a body was inspected, as an event says it; undefined when there was none. */
export function coverageText({ inspectedBytes, totalBytes, why }: WafCoverage): string | undefined {
  if (totalBytes === 0 || (totalBytes === undefined && inspectedBytes === 0 && why === undefined)) return undefined
  const reason = why === undefined ? '' : `: ${why}`
  if (totalBytes === undefined) return `inspected ${sizeText(inspectedBytes)} of an unknown length${reason}`
  if (inspectedBytes >= totalBytes) {
    // All bytes were taken, but not all came out of their packing.
    const part = why?.startsWith('content coding') === true ? 'a part of' : 'all'
    return `inspected ${part} ${sizeText(totalBytes)}${reason}`
  }
  return totalBytes < KILOBYTE
    ? `inspected ${inspectedBytes} of ${totalBytes} bytes${reason}`
    : `inspected ${kilobytes(inspectedBytes)} of ${kilobytes(totalBytes)} KB${reason}`
}

function sizeText(sizeBytes: number): string {
  return sizeBytes < KILOBYTE ? `${sizeBytes} bytes` : `${kilobytes(sizeBytes)} KB`
}

function kilobytes(sizeBytes: number): number {
  return Math.round(sizeBytes / KILOBYTE)
}
