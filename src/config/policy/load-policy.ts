import type { Config } from '../config.ts'
import { type LoadedPolicy, parsePolicy } from './parse-policy.ts'
import { archivedSources, directorySources } from './policy-sources.ts'

/**
 * Reads every `*.yaml` and `*.yml` of the policy directory, in the order of their names, and the list files they name.
 * A directory that does not exist is an empty policy with a warning.
 * @param options.config the configuration that the policy shall run under: rules may only route to its sites
 * @throws InvalidFilesError ERR_POLICY_INVALID listing every problem
 */
export function loadPolicy(
  directory: string,
  options: { readonly config?: Config; readonly nowMs?: number } = {},
): LoadedPolicy {
  const sources = directorySources(directory)
  const scope = {
    siteNames: options.config === undefined ? undefined : new Set(options.config.edge.sites.map(({ name }) => name)),
    hasFirewall: options.config === undefined ? undefined : options.config.firewall !== undefined,
    backend: options.config?.firewall?.backend,
    interfaces: options.config?.firewall?.interfaces,
    nowMs: options.nowMs ?? Date.now(),
  }
  const loaded = parsePolicy(sources ?? archivedSources(new Map()), scope)
  if (sources !== undefined && sources.files.length > 0) return loaded
  const message =
    sources === undefined
      ? 'there is no policy folder: no rule runs'
      : 'the policy folder holds no *.yaml file: no rule runs'
  return { ...loaded, warnings: [{ place: { file: directory, line: 1, column: 1 }, message }, ...loaded.warnings] }
}
