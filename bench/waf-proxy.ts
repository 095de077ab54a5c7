import path from 'node:path'
import { debianCrsDirectory, NO_DEBIAN_CRS } from '../src/detect/waf/testing/crs.ts'
import { missingModsecurity, startModsecurityNginx } from '../test/modsecurity-nginx.ts'
import { cpuSeconds } from './cpu-time.ts'
import { HarmlessRequests } from './harmless-requests.ts'
import { sendAll } from './raw-load.ts'
import { makeWorkspace, type Server, startOrigin, startTidegate } from './servers.ts'
import { median, printTable } from './table.ts'
import { form, json, type RequestMaker, smallGet } from './waf-requests.ts'
import { measureStart } from './waf-start.ts'

interface Kind {
  readonly name: string
  readonly make: RequestMaker
  /** Requests of a round: libmodsecurity takes so much longer that it gets fewer. */
  readonly count: number
  readonly peerCount: number
}

const KINDS: readonly Kind[] = [
  { name: 'small GET', make: smallGet, count: 3000, peerCount: 150 },
  { name: '0.9 KB form', make: form, count: 1200, peerCount: 50 },
  { name: '10 KB JSON', make: json, count: 300, peerCount: 8 },
]

const ROUNDS = 5
/** Memory is measured after so many times the requests that libmodsecurity gets in a round. */
const WARM_UP_FACTOR = 5
const GOAL_RATIO = 20
const BLOCK_CRS = '{ mode: block, rules: [crs], paranoia: 1 }'

/** CPU microseconds of one request: all of the peer, and the data worker threads of Tidegate. */
async function measure(
  server: Pick<Server, 'pid' | 'httpPort'>,
  requests: readonly Buffer[],
): Promise<{ total: number; edge: number }> {
  const before = cpuSeconds(server.pid, 'http-edge')
  await sendAll(server.httpPort, requests)
  const after = cpuSeconds(server.pid, 'http-edge')
  const scale = 1e6 / requests.length
  return { total: (after.total - before.total) * scale, edge: (after.threads - before.threads) * scale }
}

/**
 * Whole proxied requests, all of them judged by Debian's CRS 3 at paranoia 1, beside nginx with libmodsecurity in the same run;
 * and what the rules cost in start time and memory.
 */
export async function measureProxy(): Promise<void> {
  const crs = debianCrsDirectory()
  const reason = crs === undefined ? NO_DEBIAN_CRS : missingModsecurity()
  if (crs === undefined || reason !== undefined) {
    process.stdout.write(`skipped whole requests: ${reason}\n`)
    return
  }
  const workspace = makeWorkspace()
  const servers: Pick<Server, 'stop'>[] = []
  try {
    const origin = await startOrigin(workspace.folder)
    servers.push(origin)
    const source = new HarmlessRequests(crs)
    const bench = { folder: workspace.folder, originPort: origin.httpPort, crs, source }
    await measureRequests(bench, servers)
    const requests = KINDS.flatMap(({ make, peerCount }) => source.take(make, peerCount * WARM_UP_FACTOR))
    await measureStart({ ...bench, waf: BLOCK_CRS, requests })
  } finally {
    for (const server of servers.reverse()) await server.stop()
    workspace.remove()
  }
}

interface Bench {
  readonly folder: string
  readonly originPort: number
  readonly crs: string
  readonly source: HarmlessRequests
}

async function measureRequests(bench: Bench, servers: Pick<Server, 'stop'>[]): Promise<void> {
  const { folder, originPort, crs, source } = bench
  const peer = await startModsecurityNginx({
    folder: path.join(folder, 'modsecurity'),
    crs,
    paranoia: 1,
    mode: 'block',
    originPort,
  })
  servers.push(peer)
  const tidegate = await startTidegate({ folder, originPort, name: 'with-crs', waf: BLOCK_CRS, crs })
  servers.push(tidegate)
  const modsecurity = { pid: peer.pid, httpPort: peer.port }
  const rows: (string | number)[][] = []
  const sums: [there: number, edge: number, total: number] = [0, 0, 0]
  for (const { name, make, count, peerCount } of KINDS) {
    await sendAll(tidegate.httpPort, source.take(make, count))
    await sendAll(modsecurity.httpPort, source.take(make, peerCount))
    const ratios: number[] = []
    const costs: [there: number, edge: number, total: number][] = []
    for (let round = 0; round < ROUNDS; round++) {
      const there = await measure(modsecurity, source.take(make, peerCount))
      const here = await measure(tidegate, source.take(make, count))
      costs.push([there.total, here.edge, here.total])
      ratios.push(there.total / here.edge)
    }
    const middle = [0, 1, 2].map((column) => median(costs.map((cost) => cost[column])))
    for (const [column, micros] of middle.entries()) sums[column] += micros
    rows.push(rowOf(name, middle, median(ratios)))
  }
  rows.push(rowOf('one of each', sums, sums[0] / sums[1]))
  printTable(
    `Whole proxied requests with CRS 3, paranoia 1: CPU µs, median of ${ROUNDS} interleaved rounds`,
    ['request', 'nginx + libmodsecurity', 'edge', 'cheaper', 'goal', 'process'],
    rows,
  )
}

function rowOf(name: string, [there, edge, total]: readonly number[], ratio: number): string[] {
  return [name, there.toFixed(0), edge.toFixed(0), `${ratio.toFixed(1)} x`, `>= ${GOAL_RATIO} x`, total.toFixed(0)]
}
