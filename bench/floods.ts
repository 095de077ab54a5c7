import { createFloodEngine } from '#detect'
import { MIXES } from '../src/detect/flood/testing/mixes.ts'
import { feed, floodSample, goodSample, SETTINGS, START_MS } from '../src/detect/flood/testing/feed.ts'
import { simulate, type SimulationResult } from '../src/detect/flood/testing/simulation.ts'
import { RandomNumbers } from '../src/detect/flood/random.ts'
import { printTable } from './table.ts'

const DEFAULT_SEEDS = 3
const SEED_STEP = 7919
const CALM_MS = 20_000
const ATTACK_MS = 6000
/** What is to be reached. */
const GOALS = { delayMs: 500, passedShare: 0.01, goodDroppedShare: 0.001 } as const
const SAMPLES_PER_SECOND = 20_000
const LOAD_SECONDS = 10

function percent(share: number, digits: number): string {
  return `${(share * 100).toFixed(digits)} %`
}

function reaches({ delayMs, passedShare, goodDroppedShare }: SimulationResult): boolean {
  const isFast = delayMs !== undefined && delayMs <= GOALS.delayMs
  return isFast && passedShare <= GOALS.passedShare && goodDroppedShare <= GOALS.goodDroppedShare
}

/** Processor time for as many samples as the firewall ever hands over, with a flood going on that is dropped. */
function measureLoad(): number {
  const random = new RandomNumbers(1)
  const engine = createFloodEngine(SETTINGS)
  const good = [SAMPLES_PER_SECOND / 2, (timeMs: number) => goodSample({ timeMs }, random)] as const
  feed(engine, START_MS, START_MS + 6000, [good])
  feed(engine, START_MS + 6000, START_MS + 6500, [good, [8000, (timeMs) => floodSample({ timeMs, weight: 8 }, random)]])
  const ruleId = engine.mitigations()[0]?.id ?? ''
  const samples = Array.from({ length: 2000 }, (_, index) =>
    index % 2 === 0
      ? goodSample({ timeMs: 0 }, random)
      : floodSample({ timeMs: 0, isDropped: true, ruleId, weight: 8 }, random),
  )
  const before = process.cpuUsage()
  let next = 0
  const make = (timeMs: number): (typeof samples)[number] => ({ ...samples[next++ % samples.length], timeMs })
  feed(engine, START_MS + 6500, START_MS + 6500 + LOAD_SECONDS * 1000, [[SAMPLES_PER_SECOND, make]])
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6 / LOAD_SECONDS
}

/**
 * Attacks among good traffic in a time of their own: how long until the first packet is dropped, what part of the attack
 * passes after two seconds, what part of the good packets is dropped. Arguments: how many seeds, and part of a mix's name.
 */
export function run([seeds = String(DEFAULT_SEEDS), name = '']: readonly string[]): void {
  const results = MIXES.filter((mix) => mix.name.includes(name)).flatMap((mix) =>
    Array.from({ length: Number(seeds) }, (_, index) => {
      const result = simulate(mix, { seed: (index + 1) * SEED_STEP, calmMs: CALM_MS, attackMs: ATTACK_MS })
      return { mix, seed: index + 1, result }
    }),
  )
  const rows = results.map(({ mix, seed, result }) => [
    mix.name,
    seed,
    mix.rate,
    result.delayMs === undefined ? 'never' : result.delayMs.toFixed(0),
    percent(result.passedShare, 2),
    percent(result.goodDroppedShare, 3),
    result.goodPackets,
    reaches(result) ? 'yes' : 'no',
  ])
  const header = [
    'attack / good traffic',
    'seed',
    'packets/s',
    'delay ms',
    'passed',
    'good dropped',
    'good packets',
    'goal',
  ]
  printTable('Floods against the engine, simulated', header, rows)
  const delays = results.map(({ result }) => result.delayMs ?? Infinity).sort((left, right) => left - right)
  const percentile = delays[Math.ceil(delays.length * 0.95) - 1] ?? Infinity
  const engineMs = results.reduce((sum, { result }) => sum + result.engineMs, 0)
  const samples = results.reduce((sum, { result }) => sum + result.samples, 0)
  printTable(
    'All of them',
    ['measure', 'value'],
    [
      [
        'mixes and seeds that reach the goals',
        `${results.filter(({ result }) => reaches(result)).length} of ${results.length}`,
      ],
      ['delay, 95th percentile, ms', percentile.toFixed(0)],
      ['processor time, µs a sample, searches included', ((engineMs * 1000) / samples).toFixed(2)],
      ['longest tick, ms of processor time', Math.max(...results.map(({ result }) => result.longestTickMs)).toFixed(0)],
      [`part of a processor for ${SAMPLES_PER_SECOND} samples a second`, percent(measureLoad(), 1)],
    ],
  )
}
