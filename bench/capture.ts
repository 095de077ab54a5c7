import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { CaptureFigures } from './capture-child.ts'
import { writeCapture } from './capture-file.ts'
import { printTable } from './table.ts'

const MEGABYTE = 1e6
/** The throughput of a warm engine is measured: translating all of it to machine code takes two seconds. */
const WARM_UP_MEGABYTES = 200
const WARM_UP_ROUNDS = 8
const GOAL = { packetsPerSecond: 1_500_000, residentMegabytes: 300, timesTshark: 30 } as const
/** tshark needs minutes for the whole of it; its speed does not depend on how much of it there is. */
const TSHARK_PACKETS = 200_000
const TSHARK_FIELDS = [
  'frame.number',
  'ip.src',
  'ip.dst',
  'tcp.analysis.flags',
  'http.host',
  'dns.qry.name',
  'tls.handshake.extensions_server_name',
]

function analyse(warmUp: string, rounds: number, file: string, depth: 'names' | 'flows' | 'findings'): CaptureFigures {
  const args = [path.join(import.meta.dirname, 'capture-child.ts'), warmUp, String(rounds), file, depth]
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as CaptureFigures
}

/** CPU seconds a packet of tshark on the beginning of the file; undefined where it is not installed. */
function tsharkSeconds(file: string, packets: number): number | undefined {
  const fields = TSHARK_FIELDS.flatMap((field) => ['-e', field])
  const before = childSeconds()
  try {
    execFileSync('tshark', ['-n', '-r', file, '-c', String(packets), '-T', 'fields', ...fields], {
      stdio: ['ignore', 'ignore', 'ignore'],
    })
  } catch {
    return undefined
  }
  return (childSeconds() - before) / packets
}

/** CPU seconds of all children that ended. */
function childSeconds(): number {
  const text = readFileSync('/proc/self/stat', 'latin1')
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  // cutime and cstime, in ticks of 10 ms (proc(5)).
  return (Number(fields[13]) + Number(fields[14])) / 100
}

/** Analysis of a generated capture. `args[0]`: its megabytes, 2000 without. */
export function run(args: readonly string[]): void {
  const megabytes = Number(args[0] ?? 2000)
  const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-bench-'))
  try {
    const file = path.join(folder, 'traffic.pcap')
    const packets = writeCapture(file, megabytes * MEGABYTE)
    const warmUp = path.join(folder, 'warm-up.pcap')
    writeCapture(warmUp, WARM_UP_MEGABYTES * MEGABYTE)
    const cold = analyse(warmUp, 0, file, 'names')
    const withNames = analyse(warmUp, WARM_UP_ROUNDS, file, 'names')
    const flowsOnly = analyse(warmUp, WARM_UP_ROUNDS, file, 'flows')
    const withFindings = analyse(warmUp, 0, file, 'findings')
    const tshark = tsharkSeconds(file, Math.min(packets, TSHARK_PACKETS))
    const speed = withNames.packets / withNames.cpuSeconds
    const rows: (string | number)[][] = [
      ['packets/s a core, flows and TCP analysis', Math.round(flowsOnly.packets / flowsOnly.cpuSeconds), ''],
      ['packets/s a core, with layer-7 names', Math.round(speed), `>= ${GOAL.packetsPerSecond}`],
      ['resident memory with names, MB', Math.round(cold.residentBytes / MEGABYTE), `< ${GOAL.residentMegabytes}`],
      ['the same from a cold start', Math.round(cold.packets / cold.cpuSeconds), ''],
      ['the same with findings', Math.round(withFindings.packets / withFindings.cpuSeconds), ''],
      [
        'resident memory with findings, MB',
        Math.round(withFindings.residentBytes / MEGABYTE),
        `< ${GOAL.residentMegabytes}`,
      ],
      ['flows', withNames.flows, ''],
      ['transactions', withNames.transactions, ''],
    ]
    if (tshark === undefined) rows.push(['tshark', 'not installed', ''])
    else {
      rows.push(['tshark, packets/s a core', Math.round(1 / tshark), ''])
      rows.push(['times tshark', `${(speed * tshark).toFixed(0)} x`, `>= ${GOAL.timesTshark} x`])
    }
    const title = `Capture: ${packets} packets, ${Math.round(statSync(file).size / MEGABYTE)} MB`
    printTable(title, ['measure', 'value', 'goal'], rows)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
