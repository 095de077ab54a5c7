import { spawn } from 'node:child_process'
import { connect, type Socket } from 'node:net'
import { residentBytes } from './cpu-time.ts'
import { makeWorkspace, type Server, startOrigin, startTidegate } from './servers.ts'
import { median, printTable } from './table.ts'

const IDLE_CONNECTIONS = 10_000
const MEBIBYTE = 1024 ** 2

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Opens connections a few hundred at a time; each sends one request so that the server really serves it, then idles. */
async function openIdle(server: Server, count: number): Promise<Socket[]> {
  const sockets: Socket[] = []
  while (sockets.length < count) {
    const batch = Array.from(
      { length: Math.min(250, count - sockets.length) },
      () =>
        new Promise<Socket>((resolve, reject) => {
          const socket = connect(server.httpPort, '127.0.0.1', () =>
            socket.write('GET /small HTTP/1.1\r\nHost: bench.test\r\n\r\n'),
          )
          socket.once('data', () => resolve(socket)).once('error', reject)
        }),
    )
    sockets.push(...(await Promise.all(batch)))
  }
  return sockets
}

async function measureIdle(server: Server): Promise<(string | number)[]> {
  const before = residentBytes(server.pid)
  const sockets = await openIdle(server, IDLE_CONNECTIONS)
  await sleep(5000)
  const bytesEach = (residentBytes(server.pid) - before) / IDLE_CONNECTIONS
  for (const socket of sockets) socket.destroy()
  return [`${IDLE_CONNECTIONS} idle connections`, `${(bytesEach / 1000).toFixed(1)} kB each`, '40 kB each']
}

/** Memory over `minutes` of load: the median of the last minute against that of the second, when everything is warm. */
async function measureFlat(server: Server, minutes: number): Promise<(string | number)[]> {
  const load = spawn('wrk', ['-t1', '-c32', `-d${minutes * 60}s`, `http://127.0.0.1:${server.httpPort}/small`], {
    stdio: 'ignore',
  })
  const samples: number[] = []
  for (let second = 0; second < minutes * 60; second += 2) {
    await sleep(2000)
    samples.push(residentBytes(server.pid))
    if (second % 30 === 0) process.stderr.write(`${second} s: ${Math.round((samples.at(-1) ?? 0) / MEBIBYTE)} MiB\n`)
  }
  load.kill()
  const early = median(samples.slice(30, 60))
  const late = median(samples.slice(-30))
  return [
    `${minutes} minutes of load`,
    `${Math.round(early / MEBIBYTE)} MiB, then ${Math.round(late / MEBIBYTE)} MiB (${((late / early - 1) * 100).toFixed(1)} %)`,
    'within 10 %',
  ]
}

/**
 * Resident memory of the whole of Tidegate: the price of an idle connection, and flat under load. Takes 11 minutes;
 * the argument is the minutes of load.
 */
export async function run(args: readonly string[]): Promise<void> {
  const minutes = args[0] === undefined ? 10 : Number(args[0])
  const workspace = makeWorkspace()
  const servers: Server[] = []
  try {
    servers.push(await startOrigin(workspace.folder))
    servers.push(await startTidegate({ folder: workspace.folder, originPort: servers[0].httpPort }))
    // First, while the process has no memory to spare from earlier load.
    const rows = [await measureIdle(servers[1])]
    if (minutes > 0) rows.push(await measureFlat(servers[1], minutes))
    printTable('Memory', ['what', 'measured', 'goal'], rows)
  } finally {
    for (const server of servers.reverse()) await server.stop()
    workspace.remove()
  }
}
