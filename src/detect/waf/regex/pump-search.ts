import { performance } from 'node:perf_hooks'
import { parsePcre } from './pcre-parser.ts'
import { pumpedValues, type PumpRecipe, pumpRecipes } from './pump-recipes.ts'
import { Random } from './random.ts'
import { SafeRegex } from './safe-regex.ts'
import { translateRegex } from './translate.ts'

export interface PumpOptions {
  readonly seed: number
  /** Size of the hostile input. */
  readonly sizeBytes: number
  /** Recipes that are tried for each pattern, besides some that all patterns share. */
  readonly recipes: number
  /** The search ends when it has taken this long; `searched` says how far it came. */
  readonly limitMs: number
}

export interface PumpedPattern {
  /** Names the rule in findings. */
  readonly id: string
  readonly pattern: string
}

/** The slowest input that was found for one pattern. */
export interface PumpFinding {
  readonly id: string
  readonly recipe: PumpRecipe
  /** CPU time for the whole input at full size, once tested and once searched with its groups. */
  readonly cpuMs: number
  /** Steps beyond reading the bytes: the same on each machine. */
  readonly steps: number
  /** Exponent of the growth of cost with length, from an eighth of the size to all of it: 1 is linear. */
  readonly growth: number
  /** Values of the input that could not be looked at within the bounds. */
  readonly incomplete: number
}

export interface PumpReport {
  /** Patterns that were searched, and inputs that were tried. */
  readonly searched: number
  readonly inputs: number
  /** One for each pattern, slowest first. */
  readonly findings: readonly PumpFinding[]
}

/** Of the recipes of a pattern this many are measured at full size. */
const FINALISTS = 4
const SMALLER = 8

/**
 * Looks for values on which patterns are slow: tries many recipes at an eighth of the size and measures the costliest in full.
 * Throws a TypeError for a pattern that `translateRegex` refuses.
 */
export function pumpSearch(patterns: readonly PumpedPattern[], options: PumpOptions): PumpReport {
  const random = new Random(options.seed)
  const deadlineMs = performance.now() + options.limitMs
  const findings: PumpFinding[] = []
  let inputs = 0
  for (const { id, pattern } of patterns) {
    if (performance.now() > deadlineMs) break
    const translated = translateRegex(pattern)
    if (!translated.ok) throw new TypeError(`${id}: ${translated.message}`)
    const regex = new SafeRegex(translated)
    const literals = (translated.condition ?? []).flat()
    const recipes = pumpRecipes(parsePcre(pattern, false).tree, literals, options.recipes, options.sizeBytes, random)
    const small = recipes.map((recipe) => ({ recipe, cost: costOf(regex, recipe, options.sizeBytes / SMALLER) }))
    const finalists = small.sort((one, other) => weightOf(other.cost) - weightOf(one.cost)).slice(0, FINALISTS)
    const measured = finalists.map(({ recipe }) => findingOf(id, regex, recipe, options.sizeBytes))
    inputs += recipes.length
    findings.push(measured.sort((one, other) => other.cpuMs - one.cpuMs)[0])
  }
  return { searched: findings.length, inputs, findings: findings.sort((one, other) => other.cpuMs - one.cpuMs) }
}

interface Cost {
  readonly cpuMs: number
  readonly steps: number
  readonly incomplete: number
}

/** Steps and time together: the clock is coarse for small inputs. */
function weightOf({ cpuMs, steps }: Cost): number {
  return cpuMs + steps / 100_000
}

function findingOf(id: string, regex: SafeRegex, recipe: PumpRecipe, sizeBytes: number): PumpFinding {
  const small = costOf(regex, recipe, sizeBytes / SMALLER)
  const full = costOf(regex, recipe, sizeBytes)
  const growth = Math.log((full.steps + sizeBytes) / (small.steps + sizeBytes / SMALLER)) / Math.log(SMALLER)
  return { id, recipe, ...full, growth }
}

function costOf(regex: SafeRegex, recipe: PumpRecipe, sizeBytes: number): Cost {
  const values = pumpedValues(recipe, sizeBytes)
  let steps = 0
  let incomplete = 0
  const before = process.threadCpuUsage()
  for (const value of values) {
    regex.test(value)
    steps += regex.work
    if (regex.incomplete) incomplete++
    regex.exec(value)
    steps += regex.work
  }
  const spent = process.threadCpuUsage(before)
  return { cpuMs: (spent.user + spent.system) / 1_000, steps, incomplete }
}
