import { rulePatterns } from '../src/detect/waf/regex/testing/rule-patterns.ts'
import { crsDirectory, debianCrsDirectory, NO_CRS } from '../src/detect/waf/testing/crs.ts'
import {
  type HostileFinding,
  hostileRecipes,
  type HostileTarget,
  measureHostile,
} from '../test/conformance/waf/hostile-search.ts'
import { printTable } from './table.ts'

/** CPU milliseconds that no request of 64 KB may cost, by paranoia level. */
const GOAL_MS: Readonly<Record<number, number>> = { 1: 100, 4: 250 }
const SEARCH_MS = 60_000
const SHOWN = 6
const SHOWN_BYTES = 60

/** The slowest hostile requests of 64 KB that a search finds. Arguments: how many recipes are sent (default 40), and a seed. */
export function run([count = '40', seed = '1']: readonly string[]): void {
  const recipes = hostileRecipes({
    patterns: rulePatterns(),
    seed: Number(seed),
    limitMs: SEARCH_MS,
    count: Number(count),
  })
  const rows = targets().flatMap((target) =>
    measureHostile(target, recipes)
      .slice(0, SHOWN)
      .map((finding) => row(target, finding)),
  )
  const header = ['rules', 'paranoia', 'next', 'first', 'goal', 'position', 'made for', 'of']
  printTable('Slowest hostile requests of 64 KB: CPU ms, of the first and of the next', header, rows)
}

function targets(): readonly HostileTarget[] {
  const directories = [crsDirectory(), debianCrsDirectory()].filter((directory) => directory !== undefined)
  if (crsDirectory() === undefined) process.stdout.write(`skipped CRS 4: ${NO_CRS}\n`)
  const levels = Object.keys(GOAL_MS).map(Number)
  return [
    { directory: undefined, paranoia: 1 },
    ...directories.flatMap((directory) => levels.map((paranoia) => ({ directory, paranoia }))),
  ]
}

function row({ directory, paranoia }: HostileTarget, finding: HostileFinding): (string | number)[] {
  const { position, pattern, recipe, firstMs, nextMs } = finding
  const units = `${JSON.stringify(recipe.units.slice(0, 3)).slice(0, SHOWN_BYTES)} in pieces of ${recipe.pieceBytes}`
  const rules = directory ?? 'our own rules'
  return [rules, paranoia, nextMs.toFixed(0), firstMs.toFixed(0), GOAL_MS[paranoia], position, pattern, units]
}
