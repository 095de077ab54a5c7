import { join } from 'node:path'
import type { Action } from '#act'
import { type Config, loadWaf } from '#config'
import type { Policy } from '#decide'
import { GeoLookup, loadGeoTables } from '#detect'
import { FIELD_BY_NAME } from '#fields'
import { messageOf } from '#kernel'
import { EdgeRehearsal, type Rehearsal } from '#points'
import { fieldsOf } from '#rules'
import type { IpAddress } from '#wire'

/** A request that was never sent, as the edge would have treated it. */
export interface TraceContext extends Rehearsal {
  /** False for what only a real connection or a real answer could tell. */
  readonly recorded: (field: string) => boolean
}

const GEO_FIELDS = ['ip.src.country', 'ip.src.asnum', 'ip.dst.country', 'ip.dst.asnum']
const CONNECTION_FIELDS = new Set(['ray', 'ip.dst', 'tcp.srcport', 'tcp.dstport'])
const HANDSHAKE_FIELDS = new Set(['tls.version', 'tls.cipher', 'tls.alpn', 'tls.ja4', 'tls.handshake.duration'])

/** Has the edge decide about a request from `client`, its WAF included; `secure` says that it would come over TLS. */
export async function traceContext(
  request: { readonly bytes: Uint8Array; readonly secure: boolean; readonly client: IpAddress },
  config: Config,
  policy: Policy<Action>,
): Promise<TraceContext> {
  const geo = await geoFor(policy, config)
  const edge = new EdgeRehearsal({ config, policy, waf: loadWaf(config, policy).tables, geo })
  try {
    const rehearsal = edge.judge(request)
    const recorded = (name: string): boolean => {
      const since = FIELD_BY_NAME.get(name)?.since
      if (since === 'response' || since === 'end' || CONNECTION_FIELDS.has(name)) return false
      if (since === 'inspection' && rehearsal.facts.waf === undefined) return false
      return !(request.secure && HANDSHAKE_FIELDS.has(name)) && !(geo === undefined && GEO_FIELDS.includes(name))
    }
    return { ...rehearsal, recorded }
  } finally {
    edge.close()
  }
}

/** The address data, when a rule reads what only it knows. */
export async function geoFor(policy: Policy, config: Config): Promise<GeoLookup | undefined> {
  return readsGeo(policy) ? loadGeo(config) : undefined
}

function readsGeo(policy: Policy): boolean {
  return policy.rulesets.some(({ rules }) =>
    rules.some(({ expression }) => GEO_FIELDS.some((name) => fieldsOf(expression).has(name))),
  )
}

async function loadGeo(config: Config): Promise<GeoLookup | undefined> {
  try {
    return new GeoLookup(await loadGeoTables(join(config.dataDirectory, 'geo')))
  } catch (error) {
    process.stderr.write(`warning: country and AS number are unknown here: ${messageOf(error)}\n`)
    return undefined
  }
}
