import { mkdtempSync, openSync, closeSync, rmSync, statSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { compare, MemoryPopulation, openPopulation } from '#workbench'
import { DNS_MIXES } from '../src/workbench/compare/testing/dns-mixes.ts'
import { HTTP_MIXES } from '../src/workbench/compare/testing/http-mixes.ts'
import { implantedMix } from '../src/workbench/compare/testing/implanted-mixes.ts'
import { type Judgement, judgeMix, sharesOf } from '../src/workbench/compare/testing/judge-mix.ts'
import type { Mix } from '../src/workbench/compare/testing/mix.ts'
import { eventText } from '../src/workbench/compare/testing/event-text.ts'
import { FLOW_MIXES, PACKET_MIXES } from '../src/workbench/compare/testing/packet-mixes.ts'
import { WINDOW_MIXES } from '../src/workbench/compare/testing/window-mixes.ts'
import { storeSpeed } from './compare-store.ts'
import { median, printTable } from './table.ts'

const ROWS = 1_000_000
const SEEDS = 3
const SIZE = { badRows: 20_000, goodRows: 40_000 }
/** Rows that are made anew; the others are copies with their own objects, so that making them does not take minutes. */
const DISTINCT_ROWS = 50_000

const MIXES: readonly Mix[] = [
  ...HTTP_MIXES,
  ...PACKET_MIXES,
  ...FLOW_MIXES,
  ...DNS_MIXES,
  ...WINDOW_MIXES,
  ...[1, 2, 3].flatMap((conditions) => [
    implantedMix('http', conditions, conditions),
    implantedMix('packet', conditions, conditions),
  ]),
]

/**
 * How fast parsed events become filters, and what the filters are worth on rows of the same mixes that the search never saw,
 * beside the best single attribute and the one with the highest risk ratio. `npm run bench -- compare [rows] [seeds]`.
 */
export async function run(args: readonly string[]): Promise<void> {
  const [rows = ROWS, seeds = SEEDS] = args.map(Number)
  await speed(rows)
  await storeSpeed(
    HTTP_MIXES.find(({ name }) => THREE_VECTORS.test(name))!,
    rows,
  )
  await textSpeed(Math.round(rows * TEXT_SHARE))
  await quality(seeds)
}

function population(source: readonly MixRow[], rows: number): MemoryPopulation {
  const copies = Array.from({ length: rows }, (_, n) => {
    const { timeMicros, facts } = source[n % source.length]
    return { timeMicros, facts: { ...facts } }
  })
  return new MemoryPopulation(copies)
}

type MixRow = ReturnType<Mix['make']>['bad'][number]

const THREE_VECTORS = /three vectors/

/** What takes long: several vectors to find, windows of which more rows are searched, packets with their payloads. */
const TIMED_MIXES: readonly Mix[] = [
  HTTP_MIXES[0],
  ...HTTP_MIXES.filter(({ name }) => THREE_VECTORS.test(name)),
  PACKET_MIXES[0],
  ...WINDOW_MIXES.filter(({ name }) => THREE_VECTORS.test(name)),
]

async function speed(rows: number): Promise<void> {
  const results: (string | number)[][] = []
  for (const mix of TIMED_MIXES) {
    const made = mix.make(3, Math.min(rows, DISTINCT_ROWS), Math.min(rows, DISTINCT_ROWS))
    const [bad, good] = [population(made.bad, rows), population(made.good, rows)]
    const before = process.cpuUsage()
    const report = await compare(bad, good, { kind: mix.kind, labels: mix.labels })
    const { user, system } = process.cpuUsage(before)
    const filter = report.filters[0]?.when ?? 'none'
    results.push([mix.name, rows, ((user + system) / 1e6).toFixed(2), '3', filter.slice(0, 60)])
  }
  const header = ['attack', 'rows a side', 's CPU', 'goal', 'first filter']
  printTable('Compare: parsed events in memory to ranked filters, all rows counted', header, results)
}

/** Rows of text for each million of parsed rows: a row of text is about 1.5 KB. */
const TEXT_SHARE = 0.2

/** From lines of text in files to filters. */
async function textSpeed(rows: number): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-bench-'))
  try {
    const mix = HTTP_MIXES.find(({ name }) => THREE_VECTORS.test(name))!
    const made = mix.make(3, Math.min(rows, DISTINCT_ROWS), Math.min(rows, DISTINCT_ROWS))
    const files = { bad: path.join(folder, 'bad.ndjson'), good: path.join(folder, 'good.ndjson') }
    writeLines(files.bad, made.bad, rows)
    writeLines(files.good, made.good, rows)
    const megabytes = (statSync(files.bad).size + statSync(files.good).size) / 1e6
    const [bad, good] = [await openPopulation(files.bad), await openPopulation(files.good)]
    const before = process.cpuUsage()
    const report = await compare(bad, good)
    const { user, system } = process.cpuUsage(before)
    const header = ['attack', 'rows a side', 'MB of text', 's CPU', 'filters']
    const line = [mix.name, rows, megabytes.toFixed(0), ((user + system) / 1e6).toFixed(2), report.filters.length]
    printTable('Compare: files of events to ranked filters, all rows counted', header, [line])
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function writeLines(file: string, source: readonly MixRow[], rows: number): void {
  const descriptor = openSync(file, 'w')
  for (let from = 0; from < rows; from += source.length) {
    writeSync(
      descriptor,
      source
        .slice(0, rows - from)
        .map(eventText)
        .join(''),
    )
  }
  closeSync(descriptor)
}

interface Verdict {
  readonly mix: Mix
  readonly judged: readonly Judgement[]
  readonly single: number
  readonly risk: number
  readonly isStable: boolean
}

async function quality(seeds: number): Promise<void> {
  const verdicts: Verdict[] = []
  for (const mix of MIXES) verdicts.push(await verdictOn(mix, seeds))
  const header = [
    'mix',
    'coverage',
    'collateral %',
    'worst %',
    'conditions',
    'known',
    'stable',
    'one attribute',
    'top risk ratio',
  ]
  const lines = verdicts.map(({ mix, judged, single, risk, isStable }) => [
    `${mix.kind}: ${mix.name}`.slice(0, 70),
    median(judged.map(({ coverage }) => coverage)).toFixed(4),
    percent(median(judged.map(({ collateral }) => collateral))),
    percent(Math.max(...judged.map(({ collateral }) => collateral))),
    median(judged.map(({ conditions }) => conditions)),
    judged[0].knownConditions,
    isStable ? 'yes' : 'no',
    single.toFixed(3),
    risk.toFixed(3),
  ])
  printTable('Compare: filters on rows that were not searched', header, lines)
  summary(verdicts)
}

function percent(share: number): string {
  return (share * 100).toFixed(3)
}

function summary(verdicts: readonly Verdict[]): void {
  const attacks = verdicts.filter(({ mix }) => mix.known.length > 0)
  const quiet = verdicts.filter(({ mix }) => mix.known.length === 0)
  const judged = attacks.flatMap((verdict) => verdict.judged)
  const short = judged.filter(({ conditions, knownConditions }) => conditions <= knownConditions + 1)
  const worth = (name: 'single' | 'risk'): string => median(attacks.map((verdict) => verdict[name])).toFixed(3)
  printTable(
    'Compare: all mixes',
    ['measure', 'value', 'goal'],
    [
      ['mixes', verdicts.length, '30'],
      ['median coverage', median(judged.map(({ coverage }) => coverage)).toFixed(4), '0.99'],
      ['least coverage', Math.min(...judged.map(({ coverage }) => coverage)).toFixed(4), ''],
      ['median collateral %', percent(median(judged.map(({ collateral }) => collateral))), '0.1'],
      ['worst collateral %', percent(Math.max(...judged.map(({ collateral }) => collateral))), '1'],
      ['within one condition of the shortest known', `${short.length} of ${judged.length}`, 'all'],
      [
        'filters where none is safe',
        quiet.reduce((sum, { judged: each }) => sum + each.filter(({ conditions }) => conditions > 0).length, 0),
        '0',
      ],
      [
        'stable under another sample',
        `${verdicts.filter(({ isStable }) => isStable).length} of ${verdicts.length}`,
        'all',
      ],
      ['median coverage of the best single attribute', worth('single'), ''],
      ['median coverage of the top risk ratio', worth('risk'), ''],
    ],
  )
}

async function verdictOn(mix: Mix, seeds: number): Promise<Verdict> {
  const judged: Judgement[] = []
  for (let seed = 1; seed <= seeds; seed++) judged.push(await judgeMix(mix, seed, SIZE))
  const other = await judgeMix(mix, 1, SIZE, 2)
  const texts = (judgement: Judgement): string => judgement.report.filters.map(({ when }) => when).join('\n')
  const fresh = mix.make(2_000_003, SIZE.badRows / 4, SIZE.goodRows / 4)
  const safe = judged[0].report.attributes.filter(({ when, good }) => when !== undefined && good <= 0.001)
  const best = safe.toSorted((a, b) => b.bad - a.bad)[0]
  const riskiest = judged[0].report.attributes
    .filter(({ when, bad }) => when !== undefined && bad >= 0.01)
    .toSorted((a, b) => b.bad / (b.good + 1e-5) - a.bad / (a.good + 1e-5))[0]
  const coverageOf = (attribute: { readonly when?: string } | undefined): number =>
    attribute?.when === undefined ? 0 : sharesOf([attribute.when], fresh).coverage
  return {
    mix,
    judged,
    single: coverageOf(best),
    risk: coverageOf(riskiest),
    isStable: texts(judged[0]) === texts(other),
  }
}
