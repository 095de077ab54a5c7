import { residentBytes } from './cpu-time.ts'
import { sendAll } from './raw-load.ts'
import { startTidegate } from './servers.ts'
import { median, printTable } from './table.ts'

const MEBIBYTE = 1024 ** 2
const STARTS = 3

/** What one start took, and what the process holds after some requests. */
interface Started {
  readonly seconds: number
  readonly mebibytes: number
}

export interface StartBench {
  readonly folder: string
  readonly originPort: number
  /** Folder of the rules, and the `waf` section of a site that uses them. */
  readonly crs: string
  readonly waf: string
  /** What is sent before memory is read. */
  readonly requests: readonly Buffer[]
}

/** Start time and memory with and without SecLang rules. */
export async function measureStart(bench: StartBench): Promise<void> {
  const off = { ...bench, waf: '{ mode: off }' }
  // The first start of each fills caches on disk; with rules that is the one that compiles them.
  await start(off, 'without', 1)
  const cold = await start(bench, 'with', 1)
  const without = await starts(off, 'without')
  const withRules = await starts(bench, 'with')
  const moreWithout = (await start(off, 'without', 2)).mebibytes - without.mebibytes
  const moreWith = (await start(bench, 'with', 2)).mebibytes - withRules.mebibytes
  printTable(
    'What the rules cost besides',
    ['what', 'without', 'with', 'difference', 'goal'],
    [
      row('start, nothing compiled before', without.seconds, cold.seconds, 's', ''),
      row('start, compiled rules on disk', without.seconds, withRules.seconds, 's', '<= 1 s'),
      row('memory, one worker', without.mebibytes, withRules.mebibytes, 'MiB', '<= 150 MiB'),
      row('memory, each further worker', moreWithout, moreWith, 'MiB', '<= 150 MiB'),
    ],
  )
}

/** The middle of some starts with one worker. */
async function starts(bench: StartBench, name: string): Promise<Started> {
  const all: Started[] = []
  for (let count = 0; count < STARTS; count++) all.push(await start(bench, name, 1))
  return {
    seconds: median(all.map(({ seconds }) => seconds)),
    mebibytes: median(all.map(({ mebibytes }) => mebibytes)),
  }
}

async function start(bench: StartBench, name: string, workers: number): Promise<Started> {
  const { folder, originPort, crs, waf, requests } = bench
  const before = performance.now()
  const server = await startTidegate({ folder, originPort, name, workers, waf, crs })
  const seconds = (performance.now() - before) / 1000
  try {
    await sendAll(server.httpPort, requests)
    return { seconds, mebibytes: residentBytes(server.pid) / MEBIBYTE }
  } finally {
    await server.stop()
  }
}

function row(what: string, without: number, withRules: number, unit: 's' | 'MiB', goal: string): string[] {
  const text = (value: number): string => `${value.toFixed(unit === 's' ? 2 : 0)} ${unit}`
  return [what, text(without), text(withRules), text(withRules - without), goal]
}
