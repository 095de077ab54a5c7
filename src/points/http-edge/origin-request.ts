import type { SiteConfig } from '#config'
import type { RequestHead } from '#wire'
import type { RequestPlan } from './edge-policy.ts'
import type { OriginRequest } from './forwarding.ts'
import type { RetryPolicy } from './origin-leg.ts'

/**
 * What the origin is sent: the client's request, as the rules left it, in the shape that the site asks for. Only when
 * `asksToContinue` its word is waited for where the client waits for one.
 */
export function originRequest(
  head: RequestHead,
  plan: RequestPlan,
  site: SiteConfig | undefined,
  asksToContinue: boolean,
): OriginRequest {
  const keepHost = site?.preserveHost !== false && head.authority !== ''
  return {
    method: head.method,
    target: plan.target,
    host: plan.host ?? (keepHost ? head.authority : undefined),
    fields: plan.fields,
    contentLength: head.contentLength,
    chunked: head.framing === 'chunked',
    expectsContinue: asksToContinue && head.expectsContinue && head.framing !== 'none',
    upgrade: allowedUpgrade(head, site),
  }
}

/** The one protocol to switch to, when the site allows it and the request has no body in the way. */
function allowedUpgrade({ upgrade, framing }: RequestHead, site: SiteConfig | undefined): string | undefined {
  if (upgrade === undefined || framing !== 'none' || site === undefined) return undefined
  return site.upgrade.includes(upgrade.toLowerCase()) ? upgrade : undefined
}

/** An origin that a rule named is alone: there is nothing to retry on, and nothing to take out. */
const ALONE: RetryPolicy = { retries: 0, maxFailures: Number.POSITIVE_INFINITY, ejectMs: 0 }

export function retryPolicy(site: SiteConfig | undefined): RetryPolicy {
  if (site === undefined) return ALONE
  return { retries: site.retries, maxFailures: site.health.maxFailures, ejectMs: site.health.ejectMs }
}
