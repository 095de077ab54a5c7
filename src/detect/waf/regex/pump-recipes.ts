import type { PcreNode } from './pcre-node.ts'
import type { Random } from './random.ts'
import { sampleText } from './sample-text.ts'

/** How a hostile value is made: `prefix`, then the units in turn until the size is reached, then `tail`. */
export interface PumpRecipe {
  readonly prefix: string
  readonly units: readonly string[]
  readonly tail: string
  /** The value comes as several of this length, as an attacker would send many arguments. */
  readonly pieceBytes: number
}

/** What patterns are most often slow on, whatever they say. */
const PLAIN_UNITS = [
  '\n',
  ' ',
  '\r\n',
  '\t',
  '<',
  '< ',
  "'",
  '"',
  '`',
  '\\',
  '/',
  '(',
  '=',
  '-',
  ';',
  '$',
  '{',
  'a',
  'a ',
  '0',
  '1,',
  '%',
]
const TAILS = ['', '!', '\n', 'x', '\0']
const SAMPLE_COUNT = 16
/** Different units that one mixed value is made of: its parts come in an order that does not repeat soon. */
const MIXED_UNITS = 400

/** Recipes for one pattern: plain units, its literals, texts that it matches, and parts and mixtures of them. */
export function pumpRecipes(
  tree: PcreNode,
  literals: readonly string[],
  count: number,
  sizeBytes: number,
  random: Random,
): readonly PumpRecipe[] {
  const samples = Array.from({ length: SAMPLE_COUNT }, () => sampleText(tree, random))
  const part = (): string => partOf(random.pick(samples), random)
  const makers: readonly (() => readonly string[])[] = [
    () => [random.pick(samples)],
    () => [part()],
    () => [part(), random.pick(PLAIN_UNITS)],
    () => [literals.length > 0 ? random.pick(literals) : part()],
    () => Array.from({ length: MIXED_UNITS }, part),
  ]
  const chosen = Array.from({ length: count }, (_unused, index) => random.pick(makers.slice(0, 1 + (index % 5)))())
  return [...PLAIN_UNITS.map((unit) => [unit]), ...chosen].map((units) => ({
    prefix: random.below(2) === 0 ? '' : partOf(random.pick(samples), random),
    units: units.map((unit) => (unit === '' ? 'a' : unit)),
    tail: random.pick(TAILS),
    pieceBytes: random.pick([sizeBytes, sizeBytes, 2_048, 200]),
  }))
}

/** The values of a recipe that amount to a size. */
export function pumpedValues({ prefix, units, tail, pieceBytes }: PumpRecipe, sizeBytes: number): readonly string[] {
  const values: string[] = []
  for (let left = sizeBytes; left > 0; left -= pieceBytes) {
    const length = Math.min(left, pieceBytes)
    let value = prefix
    for (let at = 0; value.length < length; at++) value += units[at % units.length]
    // A copy through bytes makes the value flat, as it comes from the network.
    values.push(Buffer.from(value.slice(0, length - tail.length) + tail, 'latin1').toString('latin1'))
  }
  return values
}

function partOf(sample: string, random: Random): string {
  const from = random.below(sample.length + 1)
  return sample.slice(from, from + 1 + random.below(12))
}
