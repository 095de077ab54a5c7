import { execFileSync } from 'node:child_process'
import { cpuSeconds } from './cpu-time.ts'
import { makeWorkspace, type Server, startNginxProxy, startOrigin, startTidegate } from './servers.ts'
import { median, printTable } from './table.ts'

interface Scenario {
  readonly name: string
  /** Largest ratio to nginx that we want to reach. */
  readonly goal: number
  readonly unit: 'µs a request' | 'ms a GiB'
  /** Operations of one round. */
  readonly count: number
  readonly warmUpCount: number
  load(server: Server, count: number): void
}

function h2load(url: string, count: number, ...options: readonly string[]): void {
  const output = execFileSync('h2load', ['-n', String(count), '-c', '32', '-t', '1', ...options, url], {
    encoding: 'utf8',
  })
  const succeeded = Number(/(\d+) succeeded/.exec(output)?.[1])
  if (succeeded !== count) throw new Error(`${url}: ${succeeded} of ${count} requests succeeded\n${output}`)
}

function transfer(url: string, ...options: readonly string[]): void {
  const output = execFileSync(
    'curl',
    ['-sSk', '-o', '/dev/null', '-w', '%{http_code} %{size_download}', ...options, url],
    {
      encoding: 'utf8',
    },
  )
  if (output !== '200 1073741824') throw new Error(`${url}: ${output}`)
}

const SCENARIOS: readonly Scenario[] = [
  {
    name: 'HTTP/1.1 keep-alive, small GET',
    goal: 1.9,
    unit: 'µs a request',
    count: 40_000,
    warmUpCount: 20_000,
    load: (server, count) => h2load(`http://127.0.0.1:${server.httpPort}/small`, count, '--h1'),
  },
  {
    name: 'TLS 1.3 HTTP/1.1 keep-alive, small GET',
    goal: 2.2,
    unit: 'µs a request',
    count: 30_000,
    warmUpCount: 20_000,
    load: (server, count) => h2load(`https://127.0.0.1:${server.httpsPort}/small`, count, '--h1'),
  },
  {
    name: 'HTTP/2, 10 streams a connection, small GET',
    goal: 2.2,
    unit: 'µs a request',
    count: 30_000,
    warmUpCount: 20_000,
    load: (server, count) => h2load(`https://127.0.0.1:${server.httpsPort}/small`, count, '-m', '10'),
  },
  {
    name: '1 GiB body, download',
    goal: 1.3,
    unit: 'ms a GiB',
    count: 1,
    warmUpCount: 1,
    load: (server) => transfer(`http://127.0.0.1:${server.httpPort}/big`),
  },
]

const ROUNDS = 5

interface Cost {
  readonly total: number
  readonly edge: number
}

/** CPU of one operation: of the whole process tree, and of the data worker threads alone. */
function measure(server: Server, scenario: Scenario): Cost {
  const before = cpuSeconds(server.pid, 'http-edge')
  scenario.load(server, scenario.count)
  const after = cpuSeconds(server.pid, 'http-edge')
  const scale = (scenario.unit === 'µs a request' ? 1e6 : 1e3) / scenario.count
  return { total: (after.total - before.total) * scale, edge: (after.threads - before.threads) * scale }
}

/**
 * CPU cost of proxying beside nginx in the same run, rounds interleaved so that noise cancels. Tidegate runs a hundred
 * rules and logs every request; nginx only proxies. `process` holds everything Tidegate does, the event store included.
 */
export async function run(only: readonly string[]): Promise<void> {
  const workspace = makeWorkspace()
  const servers: Server[] = []
  try {
    const origin = await startOrigin(workspace.folder)
    servers.push(origin)
    const nginx = await startNginxProxy(workspace.folder, origin.httpPort)
    servers.push(nginx)
    const tidegate = await startTidegate({ folder: workspace.folder, originPort: origin.httpPort })
    servers.push(tidegate)
    const rows: (string | number)[][] = []
    for (const scenario of SCENARIOS.filter(
      ({ name }) => only.length === 0 || only.some((part) => name.includes(part)),
    )) {
      for (const server of [nginx, tidegate]) scenario.load(server, scenario.warmUpCount)
      const peer: Cost[] = []
      const own: Cost[] = []
      for (let round = 0; round < ROUNDS; round++) {
        peer.push(measure(nginx, scenario))
        own.push(measure(tidegate, scenario))
      }
      const nginxCost = median(peer.map((cost) => cost.total))
      const edgeCost = median(own.map((cost) => cost.edge))
      const processCost = median(own.map((cost) => cost.total))
      rows.push([
        scenario.name,
        scenario.unit,
        nginxCost.toFixed(1),
        edgeCost.toFixed(1),
        `${median(own.map((cost, i) => cost.edge / peer[i].total)).toFixed(2)} x`,
        `${scenario.goal} x`,
        processCost.toFixed(1),
        `${median(own.map((cost, i) => cost.total / peer[i].total)).toFixed(2)} x`,
      ])
    }
    printTable(
      `CPU time beside nginx, median of ${ROUNDS} interleaved rounds`,
      ['scenario', 'unit', 'nginx', 'edge', 'ratio', 'goal', 'process', 'ratio'],
      rows,
    )
  } finally {
    for (const server of servers.reverse()) await server.stop()
    workspace.remove()
  }
}
