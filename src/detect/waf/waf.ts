import type { CompiledSecRules, CompiledWaf } from './compile.ts'
import type { PrefilterTables } from './engine/candidate-finder.ts'
import { PatternCache } from './engine/pattern-cache.ts'
import { PersistentCollections } from './engine/persistent-collections.ts'
import { type Profile, profileKey, profileOf } from './engine/profile.ts'
import { Program, type ProgramSource } from './engine/program.ts'
import { RequestInspection } from './engine/request-inspection.ts'
import { StagedInspection } from './engine/staged-inspection.ts'
import { warmUp } from './engine/warm-up.ts'
import type { Waf, WafInspection } from './inspection.ts'
import { createManagedRules, type ManagedRules } from './managed/index.ts'
import type { WafRequest } from './message.ts'
import { WAF_CLASSES, type WafException, type WafSettings } from './settings.ts'

/**
 * Builds what judges requests in one worker: makes every profile of the compiled rules ready, and judges a few requests so that
 * the first real one is not slow. Takes some hundred milliseconds with a large rule set.
 */
export function createWaf(compiled: CompiledWaf): Waf {
  const waf = new RuleSets(compiled)
  for (const profile of compiled.profiles) {
    warmUp(waf, {
      ...WARM_UP_SETTINGS,
      ...profileOf(profile),
      ruleSets: (compiled.crs ?? compiled.staged) === undefined ? ['tidegate'] : ['tidegate', 'crs'],
    })
  }
  waf.forget()
  return waf
}

const WARM_UP_SETTINGS: WafSettings = {
  mode: 'log',
  ruleSets: [],
  paranoia: 1,
  inboundThreshold: 5,
  outboundThreshold: 4,
  sensitivity: Object.fromEntries(WAF_CLASSES.map((name) => [name, 'high'])) as WafSettings['sensitivity'],
  bodyLimitBytes: 1024 * 1024,
  responseBodyLimitBytes: 64 * 1024,
  budgetMs: 10_000,
  onBudget: 'open',
}

class RuleSets implements Waf {
  readonly #crs: SecPrograms | undefined
  readonly #staged: SecPrograms | undefined
  readonly #managed: ManagedRules

  constructor(compiled: CompiledWaf) {
    this.#crs = compiled.crs === undefined ? undefined : new SecPrograms(compiled.crs)
    this.#staged = compiled.staged === undefined ? undefined : new SecPrograms(compiled.staged)
    this.#managed = createManagedRules()
  }

  inspect(request: WafRequest, settings: WafSettings, exceptions: readonly WafException[]): WafInspection {
    const wants = (name: 'crs' | 'tidegate'): boolean => settings.mode !== 'off' && settings.ruleSets.includes(name)
    const program = wants('crs') ? this.#crs?.forProfile(settings) : undefined
    const managed = wants('tidegate') ? this.#managed : undefined
    const inForce = new RequestInspection(request, settings, exceptions, program, managed)
    const staged = wants('crs') ? this.#staged?.forProfile(settings) : undefined
    if (staged === undefined) return inForce
    return new StagedInspection(inForce, new RequestInspection(request, settings, exceptions, staged, undefined))
  }

  /** Drops what requests have left behind. */
  forget(): void {
    this.#crs?.forget()
    this.#staged?.forget()
  }
}

/** Programs beyond those of the compiled profiles are few: settings are written down, not sent. */
const KEPT_PROGRAMS = 16

/** The programs of a SecLang rule set, one for each profile. */
class SecPrograms {
  readonly #source: ProgramSource
  readonly #tables: ReadonlyMap<string, PrefilterTables>
  readonly #programs = new Map<string, Program>()

  constructor({ set, patterns, tables }: CompiledSecRules) {
    const persistent = new PersistentCollections()
    this.#source = { set, translated: patterns, patterns: new PatternCache(patterns), persistent }
    this.#tables = tables
  }

  forProfile(profile: Profile): Program {
    const key = profileKey(profile)
    let program = this.#programs.get(key)
    if (program === undefined) {
      program = new Program(this.#source, profileOf(profile), this.#tables.get(key))
      if (this.#programs.size >= KEPT_PROGRAMS) this.#programs.clear()
      this.#programs.set(key, program)
    }
    return program
  }

  forget(): void {
    this.#source.persistent.clear()
  }
}
