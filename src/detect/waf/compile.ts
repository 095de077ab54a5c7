import { readFileSync } from 'node:fs'
import { TidegateError } from '#kernel'
import { translateRegex, type TranslatedRegex } from './regex/translate.ts'
import { compileMacro, loadSecRules, type LoadSecRulesOptions, type SecRuleSet } from './seclang/index.ts'
import type { PrefilterTables } from './engine/candidate-finder.ts'
import { digestOf, readCompiled, writeCompiled } from './engine/compiled-file.ts'
import { engineDigest } from './engine/engine-digest.ts'
import { PatternCache } from './engine/pattern-cache.ts'
import { PersistentCollections } from './engine/persistent-collections.ts'
import { type Profile, profileKey } from './engine/profile.ts'
import { Program } from './engine/program.ts'
import { buildConditionTables } from './literal/condition-set.ts'

/** Where SecLang rules come from. */
interface SecRulesSource extends LoadSecRulesOptions {
  /** Stands for what all their files hold, those that a folder gains included: with it the compiled form can be kept. */
  readonly contentDigest?: string
}

/** The SecLang rules to compile, and for which settings they are made ready. */
export interface WafSource {
  readonly crs?: SecRulesSource
  /** Rules that are evaluated beside those of `crs` and decide nothing. */
  readonly staged?: SecRulesSource
  /** Every combination of settings that a request can be judged with. */
  readonly profiles: readonly Profile[]
  /** Where the compiled form is kept between starts; undefined: nowhere. */
  readonly cacheDirectory?: string
}

/** SecLang rules, translated: plain data that workers share. */
export interface CompiledSecRules {
  readonly set: SecRuleSet
  readonly patterns: ReadonlyMap<string, TranslatedRegex>
  /** Tables of the literal filter by the key of their profile. */
  readonly tables: ReadonlyMap<string, PrefilterTables>
}

/** Everything that a worker needs to judge requests. Plain data: it can be posted to a worker. */
export interface CompiledWaf {
  readonly crs: CompiledSecRules | undefined
  readonly staged: CompiledSecRules | undefined
  readonly profiles: readonly Profile[]
}

/**
 * Reads and compiles the rules.
 * @throws TidegateError ERR_RULE_INVALID with file, line and column of everything that is wrong
 */
export function compileWaf(source: WafSource): CompiledWaf {
  const { crs, staged, profiles, cacheDirectory } = source
  const compile = (rules: SecRulesSource | undefined): CompiledSecRules | undefined =>
    rules === undefined ? undefined : compileSecRules(rules, profiles, cacheDirectory)
  return { crs: compile(crs), staged: compile(staged), profiles }
}

/** A compiled form as it is kept, with the digest of each file that it was made of. */
interface KeptRules {
  readonly rules: CompiledSecRules
  readonly files: ReadonlyMap<string, string>
}

function compileSecRules(
  { contentDigest, ...options }: SecRulesSource,
  profiles: readonly Profile[],
  cacheDirectory: string | undefined,
): CompiledSecRules {
  if (cacheDirectory === undefined || contentDigest === undefined) return makeRules(loadSecRules(options), profiles)
  const profileKeys = profiles.map(profileKey).join()
  const digest = digestOf([engineDigest(), contentDigest, JSON.stringify(options), profileKeys])
  const known = readCompiled(cacheDirectory, digest) as KeptRules | undefined
  if (known !== undefined && isUnchanged(known)) return known.rules
  const rules = makeRules(loadSecRules(options), profiles)
  const files = new Map(rules.set.files.map((file) => [file, digestOfFile(file)]))
  writeCompiled(cacheDirectory, digest, { rules, files } satisfies KeptRules)
  return rules
}

/** Rules may include files that whoever made the digest of their content knows nothing of. */
function isUnchanged({ files }: KeptRules): boolean {
  return [...files].every(([file, digest]) => digestOfFile(file) === digest)
}

/** Empty for a file that cannot be read any more. */
function digestOfFile(file: string): string {
  try {
    return digestOf([readFileSync(file)])
  } catch {
    return ''
  }
}

function makeRules(set: SecRuleSet, profiles: readonly Profile[]): CompiledSecRules {
  const patterns = translatePatterns(set)
  return { set, patterns, tables: buildTables(set, patterns, profiles) }
}

function translatePatterns(set: SecRuleSet): Map<string, TranslatedRegex> {
  const patterns = new Map<string, TranslatedRegex>()
  for (const item of set.items) {
    if (item.type === 'marker') continue
    for (const { operator, variables, place } of item.links) {
      const wanted = variables.flatMap(({ selector }) => (selector.kind === 'regex' ? [`(?i)${selector.source}`] : []))
      if (isPattern(operator.name) && compileMacro(operator.argument).constant !== undefined)
        wanted.push(operator.argument)
      for (const pattern of wanted) {
        if (patterns.has(pattern)) continue
        const translated = translateRegex(pattern)
        if (!translated.ok) {
          throw new TidegateError('ERR_RULE_INVALID', `rule ${item.id}: ${translated.message}`, {
            source: 'configuration',
            place,
          })
        }
        patterns.set(pattern, translated)
      }
    }
  }
  return patterns
}

function buildTables(
  set: SecRuleSet,
  translated: ReadonlyMap<string, TranslatedRegex>,
  profiles: readonly Profile[],
): Map<string, PrefilterTables> {
  const source = { set, translated, patterns: new PatternCache(translated), persistent: new PersistentCollections() }
  const tables = new Map<string, PrefilterTables>()
  for (const profile of profiles) {
    const key = profileKey(profile)
    if (tables.has(key)) continue
    const { values, pieces, answers } = new Program(source, profile, undefined).plan.conditions
    tables.set(key, {
      values: buildConditionTables(values),
      pieces: buildConditionTables(pieces),
      answers: buildConditionTables(answers),
    })
  }
  return tables
}

function isPattern(operator: string): boolean {
  return operator === 'rx' || operator === 'rxGlobal'
}
