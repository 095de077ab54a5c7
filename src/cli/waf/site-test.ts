import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Config, loadPolicy, loadWaf, type SiteConfig } from '#config'
import { TidegateError } from '#kernel'
import { type CorpusRequest, hostOfSite, RehearsedJudge } from '#workbench'
import { type IpAddress, parseIp } from '#wire'
import { geoFor } from '../trace/context.ts'
import { runCorpus } from './run-corpus.ts'
import type { TestedSubject } from './tested-subject.ts'

/** Has each chosen site judged in this process, by the files of its configuration. */
export async function testSites(
  config: Config,
  requests: readonly CorpusRequest[],
  options: { readonly site: string | undefined; readonly client: IpAddress },
): Promise<readonly TestedSubject[]> {
  const { policy } = loadPolicy(config.policyDirectory, { config })
  const waf = loadWaf(config, policy, compiledRules(config)).tables
  const judge = new RehearsedJudge({ config, policy, waf, geo: await geoFor(policy, config) }, options.client)
  const tested: TestedSubject[] = []
  try {
    for (const site of chosenSites(config, options.site)) {
      const about = { subject: `site ${site.name}`, settings: settingsInWords(site) }
      tested.push(await runCorpus(about, judge, requests, { host: requireHost(site, config) }))
    }
  } finally {
    judge.close()
  }
  return tested
}

/** The rules as the server keeps them compiled, where it ran before. */
function compiledRules({ dataDirectory }: Config): { readonly cacheDirectory?: string } {
  const cacheDirectory = join(dataDirectory, 'waf', 'compiled')
  return existsSync(cacheDirectory) ? { cacheDirectory } : {}
}

/** The site of that name, or all of them. @throws TidegateError ERR_USAGE when there is none */
function chosenSites({ edge }: Config, name: string | undefined): readonly SiteConfig[] {
  const sites = name === undefined ? edge.sites : edge.sites.filter((site) => site.name === name)
  if (sites.length > 0) return sites
  throw new TidegateError('ERR_USAGE', name === undefined ? 'there is no site' : `there is no site "${name}"`, {
    source: 'client',
    remedy: `Sites of the configuration: ${edge.sites.map((site) => site.name).join(', ')}.`,
  })
}

/** A host that leads to the only, or the named, site. */
export function hostFor(config: Config, name: string): string {
  return requireHost(chosenSites(config, name)[0], config)
}

function requireHost(site: SiteConfig, { edge }: Config): string {
  const host = hostOfSite(site, edge.sites)
  if (host !== undefined) return host
  throw new TidegateError('ERR_USAGE', `no host leads to the site "${site.name}"`, {
    source: 'configuration',
    remedy: 'Give it a host that no other site has, or name another one with --site.',
  })
}

function settingsInWords({ waf }: SiteConfig): string {
  const level = waf.ruleSets.includes('crs') ? ` at paranoia ${waf.paranoia}` : ''
  return `mode ${waf.mode}, rules ${waf.ruleSets.join(', ')}${level}`
}

/** @throws TidegateError ERR_USAGE */
export function clientAddress(text: string): IpAddress {
  const address = parseIp(text)
  if (address !== undefined) return address
  throw new TidegateError('ERR_USAGE', `--ip "${text}" is no IP address`, {
    source: 'client',
    remedy: 'Give for example --ip 192.0.2.1.',
  })
}
