export type {
  CertificateConfig,
  Config,
  ConsoleConfig,
  EdgeConfig,
  EdgeWafConfig,
  EventsConfig,
  FirewallConfig,
  FlowFloodConfig,
  FlowsConfig,
  FirewallInterface,
  FloodConfig,
  HealthConfig,
  Http2Limits,
  HttpLimits,
  HttpTimeouts,
  ListenAddress,
  ListenerConfig,
  OriginConfig,
  SiteConfig,
  TokenScope,
} from './config.ts'
export { demoConfig, type DemoOptions, demoPolicyFiles } from './demo.ts'
export { loadConfig, parseConfig } from './load-config.ts'
export { appendRules, type NewRules } from './policy/append-rules.ts'
export { changeRule, type RuleChange } from './policy/change-rule.ts'
export type { WrittenRules } from './policy/replace-policy-file.ts'
export { type ArchivedVersion, PolicyArchive } from './policy/archive.ts'
export { loadPolicy } from './policy/load-policy.ts'
export { type Draft, parseDraft } from './policy/parse-draft.ts'
export type { LoadedPolicy } from './policy/parse-policy.ts'
export { configReference, listReference, ruleReference } from './reference.ts'
export type { ReferenceRow } from './schema/reference-rows.ts'
export { writeFileAtomically } from './source/write-file.ts'
export { formatProblem, InvalidFilesError, type Problem } from './source/problem.ts'
export { type StarterFile, starterFiles } from './starter.ts'
export { type CrsLocation, findCrs, findStagedCrs } from './waf/find-crs.ts'
export { type CrsRules, type LoadedWaf, loadWaf, type WafTables } from './waf/load-waf.ts'
export { type FileWatch, watchFiles } from './watch-files.ts'
