import type { SiteConfig } from '#config'

/** Sites by host: exact names first, then the longest matching wildcard, then the default site. */
export class SiteTable<Site extends { readonly config: SiteConfig }> {
  readonly #exact = new Map<string, Site>()
  readonly #wildcards = new Map<string, Site>()
  readonly #byName = new Map<string, Site>()
  #default: Site | undefined

  constructor(sites: readonly Site[]) {
    for (const site of sites) {
      this.#byName.set(site.config.name, site)
      for (const host of site.config.hosts) {
        if (host === '*') this.#default ??= site
        else if (host.startsWith('*.')) this.#wildcards.set(host.slice(1), site)
        else this.#exact.set(host, site)
      }
    }
  }

  byName(name: string): Site | undefined {
    return this.#byName.get(name)
  }

  /** The site that serves `host` (lower case, no port); undefined when none does. `*.a.test` serves `x.y.a.test` too, not `a.test`. */
  find(host: string | undefined): Site | undefined {
    if (host === undefined) return this.#default
    const exact = this.#exact.get(host)
    if (exact !== undefined) return exact
    if (this.#wildcards.size > 0) {
      for (let dot = host.indexOf('.'); dot >= 0; dot = host.indexOf('.', dot + 1)) {
        const site = this.#wildcards.get(host.slice(dot))
        if (site !== undefined) return site
      }
    }
    return this.#default
  }
}
