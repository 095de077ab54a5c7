import type { Config } from '#config'
import { type Release, releaseDirectory, ReleaseStore } from '#workbench'
import { connect } from '../client/connect.ts'
import { lockHolder } from '../up/data-directory.ts'

/** The releases of the Core Rule Set of an installation. */
export function releaseStore(config: Config): ReleaseStore {
  return new ReleaseStore(releaseDirectory(config.dataDirectory))
}

/** Has the running server take what changed; returns a sentence for people about when it holds. */
export async function applyToServer(config: Config, configFile: string | undefined): Promise<string> {
  if (lockHolder(config.dataDirectory) === undefined)
    return 'no server runs with this data directory: it holds from the next start'
  await connect(configFile === undefined ? {} : { config: configFile }).post('/api/v1/policy/reload')
  return 'the running server uses it now'
}

/** Why an installed release would not be used by this configuration; undefined when it is. */
export function notUsedBecause({ edge }: Config): string | undefined {
  const { crs } = edge.waf.ruleSets
  if (crs !== undefined) return `edge.waf.ruleSets.crs names ${crs}: remove it to use installed releases`
  const sites = edge.sites.filter(({ waf }) => waf.ruleSets.includes('crs') && waf.mode !== 'off')
  return sites.length > 0
    ? undefined
    : 'no site has `crs` among its waf.rules: add it, for example `waf: { rules: [tidegate, crs] }`'
}

/** One release in a line. */
export function releaseInWords({ version, sha256, installedAt, from }: Release): string {
  return `${version} (sha256 ${sha256.slice(0, 12)}..., ${installedAt.slice(0, 16).replace('T', ' ')} UTC, from ${from})`
}
