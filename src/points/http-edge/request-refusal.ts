import type { SiteConfig } from '#config'
import type { PageContent } from './error-page.ts'
import type { ExchangeFacts } from './facts.ts'

/** Why a request that no rule stopped does not go to an origin. */
export interface RequestRefusal {
  readonly status: number
  /** Stable kebab-case name: the field `http.fault`. */
  readonly fault: string
  readonly why: string
  readonly side: PageContent['side']
  readonly close: boolean
}

/** Says why a request cannot go to its site, or to an origin that a rule named; undefined when it can. */
export function requestRefusal(
  facts: ExchangeFacts,
  site: SiteConfig | undefined,
  hasOrigins: boolean,
): RequestRefusal | undefined {
  const head = facts.head!
  if (!hasOrigins) {
    const why = `no site serves the host "${facts.host ?? ''}"`
    return { status: 421, fault: 'unknown-host', why, side: 'client', close: false }
  }
  if (facts.requestFacts?.looping === true) {
    const why = 'the request came through Tidegate again and again: an origin of this site leads back to it'
    return { status: 508, fault: 'request-loop', why, side: 'edge', close: false }
  }
  if (site !== undefined && head.contentLength > site.bodyLimitBytes) {
    const why = `the body is larger than the limit of ${site.bodyLimitBytes} bytes`
    return { status: 413, fault: 'body-too-large', why, side: 'client', close: true }
  }
  return undefined
}
