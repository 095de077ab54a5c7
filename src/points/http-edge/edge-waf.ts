import { type Action, changedWafSettings, type WafExceptionAction } from '#act'
import type { WafTables } from '#config'
import type { Evaluation } from '#decide'
import { createWaf, type Waf, type WafException, type WafSettings } from '#detect'
import { PayloadSealer } from '#events'

/** How one request is judged. */
export interface WafOrder {
  readonly settings: WafSettings
  readonly exceptions: readonly WafException[]
}

const NO_EXCEPTIONS: readonly WafException[] = []

/** The WAF of a worker under one policy: exchanges keep the one they began with. */
export class EdgeWaf {
  readonly engine: Waf
  /** Seals what matched for the event; undefined without a key. */
  readonly sealer: PayloadSealer | undefined
  readonly #sites: ReadonlyMap<string, WafSettings>
  /** The same rule always gives the same exception, so that what the WAF works out for it serves again. */
  readonly #exceptions = new WeakMap<WafExceptionAction, WafException>()

  /** `sites`: settings by the name of the site. */
  constructor(engine: Waf, sites: Readonly<Record<string, WafSettings>>, sealer: PayloadSealer | undefined) {
    this.engine = engine
    this.sealer = sealer
    this.#sites = new Map(Object.entries(sites))
  }

  /** What the settings of a site, and the rules of the policy that matched, ask for; undefined when it is not judged. */
  order(site: string | undefined, evaluation: Evaluation<Action>): WafOrder | undefined {
    let settings = site === undefined ? undefined : this.#sites.get(site)
    if (settings === undefined || evaluation.skips?.phases.has('firewall_managed') === true) return undefined
    let exceptions: WafException[] | undefined
    for (const { id, action } of evaluation.applied) {
      if (action.type === 'waf') settings = changedWafSettings(settings, action)
      else if (action.type === 'waf_exception') {
        exceptions ??= []
        exceptions.push(this.#exception(id, action))
      }
    }
    if (settings.mode === 'off' || settings.ruleSets.length === 0) return undefined
    return { settings, exceptions: exceptions ?? NO_EXCEPTIONS }
  }

  /** As `order`, for a request that no rule could be asked about. */
  plainOrder(site: string | undefined): WafOrder | undefined {
    const settings = site === undefined ? undefined : this.#sites.get(site)
    if (settings === undefined || settings.mode === 'off' || settings.ruleSets.length === 0) return undefined
    return { settings, exceptions: NO_EXCEPTIONS }
  }

  #exception(id: string, action: WafExceptionAction): WafException {
    const before = this.#exceptions.get(action)
    if (before !== undefined) return before
    const exception = Object.freeze({ id, rules: action.rules, parameters: action.parameters })
    this.#exceptions.set(action, exception)
    return exception
  }
}

/** The WAF of a worker from what the supervisor handed it; undefined when it is off everywhere. */
export function openEdgeWaf({ compiled, sites, payloadKey }: WafTables): EdgeWaf | undefined {
  if (compiled === undefined) return undefined
  const sealer = payloadKey === undefined ? undefined : new PayloadSealer(payloadKey)
  return new EdgeWaf(createWaf(compiled), sites, sealer)
}
