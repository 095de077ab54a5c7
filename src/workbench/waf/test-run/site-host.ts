import type { SiteConfig } from '#config'

/** Stands for every name that no site claims (RFC 6761 keeps it free). */
const ANY_HOST = 'waf-test.invalid'
const ANY_LABEL = 'waf-test'

/** A host that leads to a site; undefined when the hosts of other sites leave it none. */
export function hostOfSite(site: SiteConfig, sites: readonly SiteConfig[]): string | undefined {
  const taken = new Set(sites.filter((other) => other !== site).flatMap(({ hosts }) => hosts))
  const [exact] = site.hosts.filter((host) => !host.includes('*'))
  if (exact !== undefined) return exact
  for (const host of site.hosts) {
    const example = host === '*' ? ANY_HOST : host.replace('*', ANY_LABEL)
    if (!taken.has(example)) return example
  }
  return undefined
}
