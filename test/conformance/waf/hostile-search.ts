import { compileWaf, createWaf, type RequestSample, type Waf, type WafSettings } from '#detect'
import { pumpedValues, type PumpRecipe } from '../../../src/detect/waf/regex/pump-recipes.ts'
import { type PumpedPattern, pumpSearch } from '../../../src/detect/waf/regex/pump-search.ts'
import { Random } from '../random.ts'
import { BODY_BYTES, type Position, POSITIONS } from './hostile-positions.ts'
import { judgeSample } from './judge-sample.ts'
import { peerSettings } from './peer-settings.ts'

/** What one hostile request cost. */
export interface HostileFinding {
  readonly position: string
  /** Ids of the rules whose patterns the bytes were made for. */
  readonly pattern: string
  readonly recipe: PumpRecipe
  /** CPU time of the whole inspection: of the first request of its kind, and of the next. */
  readonly firstMs: number
  readonly nextMs: number
}

/** Bytes that are hostile to something, whoever judges them. */
export interface HostileRecipe {
  readonly id: string
  readonly recipe: PumpRecipe
}

export interface RecipeSearch {
  readonly patterns: readonly PumpedPattern[]
  readonly seed: number
  /** Bound of the search. */
  readonly limitMs: number
  /** So many of the costliest recipes are kept. */
  readonly count: number
}

/** How large the inputs are by which recipes are chosen. */
const SEARCH_BYTES = 16 * 1024
const RECIPES_A_PATTERN = 12

/** Looks for the bytes that cost each pattern most, keeps the costliest, and mixes the others. */
export function hostileRecipes({ patterns, seed, limitMs, count }: RecipeSearch): readonly HostileRecipe[] {
  const { findings } = pumpSearch(patterns, { seed, sizeBytes: SEARCH_BYTES, recipes: RECIPES_A_PATTERN, limitMs })
  const parts = findings.flatMap(({ recipe }) => recipe.units)
  return [...findings.slice(0, count), ...mixtures(parts, new Random(seed))]
}

/** Who judges. */
export interface HostileTarget {
  /** SecLang rules; without them our own rules judge. */
  readonly directory: string | undefined
  readonly paranoia: number
}

/** Sends every recipe in every position, as requests of 64 KB. The slowest comes first. */
export function measureHostile(
  { directory, paranoia }: HostileTarget,
  recipes: readonly HostileRecipe[],
): HostileFinding[] {
  const settings = {
    ...peerSettings(directory === undefined ? 'tidegate' : 'crs', paranoia),
    bodyLimitBytes: 2 * BODY_BYTES,
  }
  const waf = createWaf(compileWaf({ ...(directory !== undefined && { crs: { directory } }), profiles: [settings] }))
  const findings = recipes.flatMap(({ id, recipe }) =>
    POSITIONS.map((position) => measured(waf, settings, position, id, recipe)),
  )
  return findings.sort((one, other) => other.nextMs - one.nextMs)
}

/** Lengths of the values of mixtures: one for all, and down to so short ones that what each value costs counts most. */
const MIXED_PIECES = [SEARCH_BYTES, 4096, 300, 40, 8, 2]
const MIXED_UNITS = 3000

/** Values with something for every pattern in them, so that no filter spares the engine a rule. */
function mixtures(parts: readonly string[], random: Random): HostileRecipe[] {
  return MIXED_PIECES.map((pieceBytes) => {
    const units = Array.from({ length: MIXED_UNITS }, () => random.pick(parts))
    return { id: 'all patterns', recipe: { prefix: '', units, tail: '', pieceBytes } }
  })
}

function measured(
  waf: Waf,
  settings: WafSettings,
  position: Position,
  pattern: string,
  recipe: PumpRecipe,
): HostileFinding {
  const sample = fitting(position, recipe)
  const firstMs = cpuMs(waf, settings, sample)
  return { position: position.name, pattern, recipe, firstMs, nextMs: cpuMs(waf, settings, sample) }
}

/** The largest request of a recipe that is not larger than its position allows, escapes included. */
function fitting({ sizeBytes, make }: Position, recipe: PumpRecipe): RequestSample {
  const pieceBytes = recipe.pieceBytes >= SEARCH_BYTES ? sizeBytes : recipe.pieceBytes
  for (let wanted = sizeBytes; ; wanted = Math.floor(wanted * 0.8)) {
    const sample = make(pumpedValues({ ...recipe, pieceBytes: Math.min(pieceBytes, wanted) }, wanted))
    if (sizeOf(sample) <= sizeBytes + 1024) return sample
  }
}

function sizeOf({ target = '', headers = [], body = '' }: RequestSample): number {
  return target.length + headers.join('').length + body.length
}

function cpuMs(waf: Waf, settings: WafSettings, sample: RequestSample): number {
  const before = process.threadCpuUsage()
  judgeSample(waf, settings, sample)
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1000
}

/** A finding as one line. */
export function described({ position, pattern, recipe, firstMs, nextMs }: HostileFinding): string {
  const units = recipe.units.slice(0, 3).map((unit) => JSON.stringify(unit))
  return `${nextMs.toFixed(0)} ms (first ${firstMs.toFixed(0)}) ${position}, made for ${pattern}: ${units.join(' ')} in pieces of ${recipe.pieceBytes}`
}
