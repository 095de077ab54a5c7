import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { sep } from 'node:path'
import { changedWafSettings, type Action } from '#act'
import type { Policy } from '#decide'
import { type CompiledWaf, compileWaf, type WafSource, type WafSettings, wafProfile } from '#detect'
import type { Config } from '../config.ts'
import { InvalidFilesError, type Problem } from '../source/problem.ts'
import { exceptionWarnings } from './exception-warnings.ts'
import { CRS_REMEDY, type CrsLocation, findCrs, findStagedCrs } from './find-crs.ts'
import { ruleFilesBelow } from './rule-files.ts'

/** What the data workers need to judge requests: plain data and shared memory. */
export interface WafTables {
  /** Undefined when no site and no rule has the WAF on. */
  readonly compiled: CompiledWaf | undefined
  /** Settings by the name of the site. */
  readonly sites: Readonly<Record<string, WafSettings>>
  /** PEM of the public key that payloads are sealed to. */
  readonly payloadKey: string | undefined
}

/** A WAF with what it was made of. */
export interface LoadedWaf {
  readonly tables: WafTables
  /** Changes with everything that the workers get to see. */
  readonly digest: string
  /** The SecLang rules in use; undefined when no site and no rule asks for them. */
  readonly crs: CrsRules | undefined
  /** Rules that are recorded beside them and block nothing. */
  readonly staged: CrsRules | undefined
  /** Over the texts of all SecLang files. */
  readonly rulesDigest: string
  /** Files and folders whose change is worth loading again. */
  readonly files: readonly string[]
  /** Exceptions of the policy that take nothing out. */
  readonly warnings: readonly Problem[]
}

export interface CrsRules extends CrsLocation {
  /** How the rules call themselves, with their version. */
  readonly signatures: readonly string[]
  readonly ruleCount: number
  readonly warnings: readonly Problem[]
}

/** What decides about the compiled rules, found out before they are compiled. */
interface Order {
  readonly crs: CrsLocation | undefined
  readonly staged: CrsLocation | undefined
  readonly rulesDigest: string
  readonly settings: readonly WafSettings[]
}

/**
 * Reads and compiles the rules that the sites, and the `waf` rules of the policy, ask for.
 * @param options.before what was loaded last: what did not change is taken from there
 * @param options.cacheDirectory where compiled rules are kept between starts
 * @throws TidegateError ERR_RULE_INVALID with the place of each fault of a SecLang file; InvalidFilesError
 *   ERR_POLICY_INVALID when a rule of the policy asks for rules that are not there
 */
export function loadWaf(
  config: Config,
  policy: Policy<Action>,
  options: { readonly before?: LoadedWaf | undefined; readonly cacheDirectory?: string } = {},
): LoadedWaf {
  const { before, cacheDirectory } = options
  const { edge } = config
  const sites = Object.fromEntries(edge.sites.map((site) => [site.name, site.waf]))
  const settings = possibleSettings(Object.values(sites), policy)
  const staged = settings.some(usesCrs) ? findStagedCrs(config) : undefined
  const crs = settings.some(usesCrs) ? (staged === undefined ? requireCrs(config, policy) : findCrs(config)) : undefined
  const files = [crs, staged].flatMap((location) => (location === undefined ? [] : ruleFilesBelow(location)))
  const order = { crs, staged, rulesDigest: digestOfFiles(files), settings }
  const compiled = compiledBefore(before, order) ?? compile(order, cacheDirectory)
  const payloadKey = edge.waf.payloadKeyFile === undefined ? undefined : readFileSync(edge.waf.payloadKeyFile, 'utf8')
  const digest = digestOf(JSON.stringify([order.rulesDigest, sites, profilesOf(order), payloadKey ?? null]))
  return {
    tables: { compiled, sites, payloadKey },
    digest,
    crs: describe(crs, compiled?.crs),
    staged: describe(staged, compiled?.staged),
    rulesDigest: order.rulesDigest,
    files: [
      ...watchedFiles([crs, staged], files),
      ...(edge.waf.payloadKeyFile === undefined ? [] : [edge.waf.payloadKeyFile]),
    ],
    warnings: exceptionWarnings(policy, compiled),
  }
}

/** The folder as a whole, since a new file in it counts too, and what belongs to the rules and stands elsewhere. */
function watchedFiles(locations: readonly (CrsLocation | undefined)[], files: readonly string[]): readonly string[] {
  const folders = locations.flatMap((location) => (location === undefined ? [] : [location.directory]))
  return [...folders, ...files.filter((file) => !folders.some((folder) => file.startsWith(folder + sep)))]
}

/** Every combination of settings that a site and one `waf` rule can give. */
function possibleSettings(sites: readonly WafSettings[], policy: Policy<Action>): readonly WafSettings[] {
  const actions = policy.rulesets.flatMap(({ rules }) =>
    rules.flatMap(({ enabled, action }) => (enabled && action.type === 'waf' ? [action] : [])),
  )
  const changed = sites.flatMap((settings) => actions.map((action) => changedWafSettings(settings, action)))
  return [...sites, ...changed].filter(({ mode }) => mode !== 'off')
}

function usesCrs({ ruleSets }: WafSettings): boolean {
  return ruleSets.includes('crs')
}

function requireCrs(config: Config, policy: Policy<Action>): CrsLocation {
  const crs = findCrs(config)
  if (crs !== undefined) return crs
  // Sites were checked with the configuration: only a rule is left to ask for it.
  const problems = policy.rulesets.flatMap(({ rules }) =>
    rules.flatMap(({ id, place, action }): Problem[] =>
      action.type === 'waf' && action.changes.ruleSets?.includes('crs') === true
        ? [{ place, message: `rule ${id}: there are no rules called \`crs\`; ${CRS_REMEDY}` }]
        : [],
    ),
  )
  throw new InvalidFilesError('ERR_POLICY_INVALID', problems)
}

function compile({ crs, staged, ...order }: Order, cacheDirectory: string | undefined): CompiledWaf | undefined {
  if (order.settings.length === 0) return undefined
  return compileWaf({
    profiles: profilesOf(order),
    ...(crs !== undefined && { crs: sourceOf(crs, order.rulesDigest) }),
    ...(staged !== undefined && { staged: sourceOf(staged, order.rulesDigest) }),
    ...(cacheDirectory !== undefined && { cacheDirectory }),
  })
}

function sourceOf({ directory, setupFile }: CrsLocation, contentDigest: string): WafSource['crs'] & {} {
  return { directory, contentDigest, ...(setupFile !== undefined && { setupFile }) }
}

/** Profiles that shall be ready; without SecLang rules all are alike. */
function profilesOf({ settings }: Pick<Order, 'settings'>): ReturnType<typeof wafProfile>[] {
  const withCrs = settings.filter(usesCrs)
  const profiles = (withCrs.length > 0 ? withCrs : settings.slice(0, 1)).map(wafProfile)
  return [...new Map(profiles.map((profile) => [JSON.stringify(profile), profile])).values()]
}

/** Rules and settings as before need no compiling. */
function compiledBefore(before: LoadedWaf | undefined, order: Order): CompiledWaf | undefined {
  if (before === undefined || before.rulesDigest !== order.rulesDigest) return undefined
  if (before.crs?.directory !== order.crs?.directory) return undefined
  const { compiled } = before.tables
  return JSON.stringify(compiled?.profiles ?? []) === JSON.stringify(profilesOf(order)) ? compiled : undefined
}

function describe(location: CrsLocation | undefined, rules: CompiledWaf['crs']): CrsRules | undefined {
  if (location === undefined) return undefined
  return {
    ...location,
    signatures: rules?.set.signatures ?? [],
    ruleCount: rules?.set.items.filter(({ type }) => type === 'rule').length ?? 0,
    warnings: rules?.set.warnings ?? [],
  }
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function digestOfFiles(files: readonly string[]): string {
  const hash = createHash('sha256')
  for (const file of files) hash.update(`${file}\0`).update(readFileSync(file)).update('\0')
  return hash.digest('hex')
}
