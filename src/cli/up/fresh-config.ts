import { type Config, loadConfig } from '#config'
import { TidegateError } from '#kernel'

/**
 * `running` with what the configuration file says now and needs no restart: `edge.waf`, and `waf` of the sites that run.
 * While the file is faulty everything stays as it is; who watches the file says so.
 */
export function withFreshWaf(running: Config): Config {
  if (running.file === undefined) return running
  try {
    return withWafOf(running, loadConfig(running.file))
  } catch (error) {
    if (error instanceof TidegateError) return running
    throw error
  }
}

/** `running` with the WAF of `fresh`. */
export function withWafOf(running: Config, fresh: Config): Config {
  const byName = new Map(fresh.edge.sites.map((site) => [site.name, site.waf]))
  const sites = running.edge.sites.map((site) => ({ ...site, waf: byName.get(site.name) ?? site.waf }))
  return { ...running, edge: { ...running.edge, sites, waf: fresh.edge.waf } }
}
