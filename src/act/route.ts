import type { CompileEnvironment } from '#rules'
import { z } from 'zod'
import type { RouteAction } from './action.ts'
import { type ActionDefinition, problem } from './definition.ts'
import { buildText, compileText, TEXT_SCHEMA } from './text-value.ts'

/** A host with optional port as it may stand in a Host header: a name, an IPv4 or a bracketed IPv6 address. */
const HOST = /^(?:[a-z0-9_](?:[a-z0-9._-]{0,251}[a-z0-9_])?|\[[0-9a-f:.]{2,45}\])(?::[0-9]{1,5})?$/i

const SCHEMA = z.strictObject({
  site: z.string().min(1).optional(),
  origin: z.string().optional(),
  host: TEXT_SCHEMA.optional(),
})

export const ROUTE: ActionDefinition<RouteAction, typeof SCHEMA> = {
  name: 'route',
  help: 'Sends the request to the origins of another `site`, or to one `origin` (http:// or https:// with host and port), and may give it another `host` header. Later rules override earlier ones, part by part.',
  phases: ['route'],
  terminating: false,
  schema: SCHEMA,
  examples: [
    'action: { route: { site: rest } }',
    'action: { route: { origin: "http://10.0.0.1:8080", host: internal.test } }',
  ],
  build({ site, origin, host }, { parseText }) {
    if (site === undefined && origin === undefined && host === undefined) {
      return problem('nothing to route: give `site`, `origin` or `host`')
    }
    if (site !== undefined && origin !== undefined) return problem('give `site` or `origin`, not both', 'origin')
    const base = origin === undefined ? undefined : originBase(origin)
    if (base?.ok === false) return problem(base.message, 'origin')
    const built = host === undefined ? undefined : buildText(host, ['host'], parseText, faultOfHost)
    if (built?.ok === false) return built
    return {
      ok: true,
      action: {
        type: 'route',
        terminating: false,
        ...(site === undefined ? {} : { site }),
        ...(base === undefined ? {} : { origin: base.url }),
        ...(built === undefined ? {} : { host: built.value }),
      },
    }
  },
}

type OriginBase = { readonly ok: true; readonly url: string } | { readonly ok: false; readonly message: string }

/** `scheme://host:port`, the port written out only when it is not the scheme's own. */
function originBase(text: string): OriginBase {
  const url = URL.parse(text)
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    return { ok: false, message: 'an origin is written http://host:port or https://host:port' }
  }
  if (url.username !== '' || url.password !== '') return { ok: false, message: 'an origin may not hold credentials' }
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    return { ok: false, message: 'an origin has no path or query: change those with a `rewrite` rule' }
  }
  return { ok: true, url: url.origin }
}

function faultOfHost(host: string): string | undefined {
  return HOST.test(host) ? undefined : 'a host is a name or an address, with an optional port'
}

export type HostResult =
  | { readonly ok: true; readonly host: string }
  /** The request keeps its Host. */
  | { readonly ok: false; readonly why: string }

export interface RouteEffect<Context> {
  readonly type: 'route'
  readonly site: string | undefined
  /** `http://host:port` or `https://host:port`. */
  readonly origin: string | undefined
  /** The Host header for the origin; undefined when the rule leaves it alone. */
  readonly readHost: ((context: Context) => HostResult) | undefined
}

export function compileRoute<Context>(
  action: RouteAction,
  environment: CompileEnvironment<Context>,
): RouteEffect<Context> {
  const read = action.host === undefined ? undefined : compileText(action.host, environment)
  const readHost = (context: Context): HostResult => {
    const host = read?.(context)
    if (host === undefined) return { ok: false, why: 'the new host has no value for this request' }
    const fault = faultOfHost(host)
    return fault === undefined ? { ok: true, host } : { ok: false, why: fault }
  }
  return {
    type: 'route',
    site: action.site,
    origin: action.origin,
    readHost: read === undefined ? undefined : readHost,
  }
}
