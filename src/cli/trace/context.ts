import { join } from 'node:path'
import type { Config } from '#config'
import type { Policy } from '#decide'
import { GeoLookup, loadGeoTables } from '#detect'
import { FIELD_BY_NAME } from '#fields'
import { messageOf, RayMaker } from '#kernel'
import { ExchangeFacts, SiteTable } from '#points'
import { fieldsOf } from '#rules'
import { type IpAddress, type RequestHead } from '#wire'

/** A request that was never sent, as the rules see it. */
export interface TraceContext {
  readonly facts: ExchangeFacts
  /** False for what only a real connection or a real answer could tell. */
  readonly recorded: (field: string) => boolean
}

const GEO_FIELDS = ['ip.src.country', 'ip.src.asnum']
const CONNECTION_FIELDS = new Set(['ray', 'ip.dst', 'tcp.srcport', 'tcp.dstport'])
const HANDSHAKE_FIELDS = new Set(['tls.version', 'tls.cipher', 'tls.alpn', 'tls.ja4', 'tls.handshake.duration'])
const NO_ADDRESS = 0

/** Builds the facts of a request from `client`; `secure` says that it would come over TLS. */
export async function traceContext(
  request: { readonly head: RequestHead; readonly secure: boolean; readonly client: IpAddress },
  config: Config,
  policy: Policy,
): Promise<TraceContext> {
  const geo = readsGeo(policy) ? await loadGeo(config) : undefined
  const facts = new ExchangeFacts(
    new RayMaker().next(),
    connectionOf(request),
    request.head,
    request.client,
    geo,
    Date.now(),
  )
  facts.siteName = new SiteTable(config.edge.sites.map((site) => ({ config: site }))).find(facts.host)?.config.name
  const recorded = (name: string): boolean => {
    if (FIELD_BY_NAME.get(name)?.since === 'response' || CONNECTION_FIELDS.has(name)) return false
    return !(request.secure && HANDSHAKE_FIELDS.has(name)) && !(geo === undefined && GEO_FIELDS.includes(name))
  }
  return { facts, recorded }
}

function connectionOf({ secure, client, head }: Parameters<typeof traceContext>[0]): ExchangeFacts['connection'] {
  const sni = head.authority.replace(/:\d*$/, '').toLowerCase()
  return {
    remoteAddress: client,
    remotePort: 0,
    localAddress: NO_ADDRESS,
    localPort: 0,
    peerAddress: client,
    tls: secure
      ? { version: '', cipher: '', sni, alpn: undefined, ja4: '', handshakeMs: 0, resumed: false }
      : undefined,
  }
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
