import { REQUEST_PHASES } from '#decide'
import type { CompileEnvironment } from '#rules'
import { z } from 'zod'
import type { RedirectAction } from './action.ts'
import type { ActionDefinition } from './definition.ts'
import { percentEscape } from './request-target.ts'
import { buildText, compileText, TEXT_SCHEMA } from './text-value.ts'

const LOCATION_LIMIT_BYTES = 8_192
const ABSOLUTE = /^https?:\/\/[^/?#\\\s]/i
const CONTROLS = /[\x00-\x1f\x7f]/
/** Bytes that no URI holds (RFC 3986 section 2); a percent sign stays, so that escapes are not escaped twice. */
const UNSAFE = /[^\x21\x23-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7e]/g
/** Browsers read both as the start of another host. */
const LEADING_SLASHES = /^[/\\]{2,}/

const SCHEMA = z.strictObject({
  to: TEXT_SCHEMA,
  status: z.literal([301, 302, 303, 307, 308]).optional(),
  keepQuery: z.boolean().optional(),
})

export const REDIRECT: ActionDefinition<RedirectAction, typeof SCHEMA> = {
  name: 'redirect',
  help: 'Sends the client to another address and ends the evaluation. `to` is an http or https address or a path of the same host; `status` is 301, 302 (default), 303, 307 or 308; `keepQuery` appends the query of the request.',
  phases: REQUEST_PHASES,
  terminating: true,
  schema: SCHEMA,
  examples: [
    'action: { redirect: { to: https://shop.test/sale, status: 301 } }',
    `action: { redirect: { to: { expression: 'concat("https://", http.host, http.request.uri.path)' }, keepQuery: true } }`,
  ],
  build({ to, status = 302, keepQuery = false }, { parseText }) {
    const built = buildText(to, ['to'], parseText, faultOfFixedLocation)
    if (!built.ok) return built
    return { ok: true, action: { type: 'redirect', terminating: true, status, to: built.value, keepQuery } }
  },
}

function faultOfFixedLocation(text: string): string | undefined {
  if (LEADING_SLASHES.test(text))
    return 'an address that begins with "//" leads to another host: write it with https://'
  return faultOfLocation(text)
}

function faultOfLocation(text: string): string | undefined {
  if (!text.startsWith('/') && !ABSOLUTE.test(text))
    return 'a redirect needs an http or https address, or a path that begins with "/"'
  if (CONTROLS.test(text)) return 'a redirect address may not hold line breaks or control characters'
  if (text.length > LOCATION_LIMIT_BYTES) return `a redirect address may have ${LOCATION_LIMIT_BYTES} bytes`
  return undefined
}

export type LocateResult =
  | { readonly ok: true; readonly location: string }
  /** The point must refuse the request: letting it pass would turn a refusal into an admission. */
  | { readonly ok: false; readonly why: string }

export interface RedirectEffect<Context> {
  readonly type: 'redirect'
  readonly status: RedirectAction['status']
  /** Value of the Location header; `query` is that of the request, without question mark. */
  locate(context: Context, query: string | undefined): LocateResult
}

export function compileRedirect<Context>(
  action: RedirectAction,
  environment: CompileEnvironment<Context>,
): RedirectEffect<Context> {
  const read = compileText(action.to, environment)
  return {
    type: 'redirect',
    status: action.status,
    locate(context, query) {
      const text = read(context)
      if (text === undefined) return { ok: false, why: 'the redirect address has no value for this request' }
      const sameHost = text.replace(LEADING_SLASHES, '/')
      const fault = faultOfLocation(sameHost)
      if (fault !== undefined) return { ok: false, why: fault }
      return { ok: true, location: escapeUnsafe(action.keepQuery ? withQuery(sameHost, query) : sameHost) }
    },
  }
}

function withQuery(location: string, query: string | undefined): string {
  if (query === undefined || query === '') return location
  const fragment = location.indexOf('#')
  const end = fragment < 0 ? location.length : fragment
  const before = location.slice(0, end)
  return `${before}${before.includes('?') ? '&' : '?'}${query.replaceAll('#', '%23')}${location.slice(end)}`
}

function escapeUnsafe(location: string): string {
  return location.replace(UNSAFE, percentEscape)
}
