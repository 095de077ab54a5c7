import { compileWaf, createWaf, type Waf, WAF_CLASSES, type WafSettings } from '#detect'
import { rawBytes } from './raw-load.ts'
import type { MeasuredRequest, RequestMaker } from './waf-requests.ts'

/** The origin answers 200 below it. */
const PREFIX = '/waf'

const SETTINGS: WafSettings = {
  mode: 'block',
  ruleSets: ['crs'],
  paranoia: 1,
  inboundThreshold: 5,
  outboundThreshold: 4,
  sensitivity: Object.fromEntries(WAF_CLASSES.map((name) => [name, 'off'])) as WafSettings['sensitivity'],
  bodyLimitBytes: 1024 * 1024,
  responseBodyLimitBytes: 0,
  budgetMs: 10_000,
  onBudget: 'closed',
}

/** Requests as bytes; no two of them hold the same values, and the rules block none: their words are chosen by chance. */
export class HarmlessRequests {
  readonly #waf: Waf
  #next = 0

  constructor(crs: string) {
    this.#waf = createWaf(compileWaf({ crs: { directory: crs }, profiles: [SETTINGS] }))
  }

  take(make: RequestMaker, count: number): Buffer[] {
    const taken: Buffer[] = []
    while (taken.length < count) {
      const request = make(this.#next++)
      if (this.#passes(request)) taken.push(rawBytes(request, PREFIX))
    }
    return taken
  }

  #passes({ request, body }: MeasuredRequest): boolean {
    const inspection = this.#waf.inspect(request, SETTINGS, [])
    inspection.head()
    inspection.body({ bytes: body, complete: true, totalBytes: body.length })
    return inspection.interruption === undefined
  }
}
