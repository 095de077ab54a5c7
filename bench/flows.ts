import { FLOW_READERS, FlowFacts } from '#detect'
import { EventRecorder } from '#events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { RayMaker } from '#kernel'
import { FlowExportDecoder, type FlowRecord } from '#wire'
import { ethernet, ipv4, tcp } from '../src/wire/packet/testing/index.ts'
import {
  dataSet,
  field,
  ipfix,
  netflow5,
  netflow5Record,
  netflow9,
  sflow5,
  sflowSample,
  templateSet,
} from '../src/wire/flow-export/testing/build-exports.ts'
import { median, printTable } from './table.ts'

const SENDER = 0x7f00_0001
const TIME_SECONDS = 1_795_000_000
const RECORDS = 24
const ROUNDS = 7
const ROUND_RECORDS = 600_000
const GOAL_PER_SECOND = 200_000

/** What routers usually send of a flow: addresses, ports, counters, times, interfaces, autonomous systems. */
function flowFields(n: number): ReturnType<typeof field>[] {
  return [
    field(8, 0xc633_6400 + (n % 250), 4),
    field(12, 0xcb00_7100 + (n % 7), 4),
    field(7, 32_768 + n, 2),
    field(11, 443, 2),
    field(4, 6, 1),
    field(5, 0, 1),
    field(6, 0x1b, 1),
    field(2, 12 + n, 4),
    field(1, 15_000 + n, 8),
    field(10, 3, 4),
    field(14, 4, 4),
    field(15, 0xc000_0201, 4),
    field(16, 64_500, 4),
    field(17, 64_501, 4),
    field(22, 1000, 4),
    field(21, 4000, 4),
    field(61, 0, 1),
    field(48, 1, 2),
  ]
}

function datagrams(): Readonly<Record<string, Buffer>> {
  const numbers = Array.from({ length: RECORDS }, (_, n) => n)
  const flows = numbers.map(flowFields)
  const head = { timeSeconds: TIME_SECONDS, uptimeMs: 100_000 }
  const old = numbers.map((n) =>
    netflow5Record({
      source: n,
      destination: 9,
      packets: 3,
      bytes: 99,
      sourcePort: n,
      destinationPort: 443,
      protocol: 6,
    }),
  )
  const segment = tcp({ sourcePort: 40_000, destinationPort: 443, payload: Buffer.alloc(60) })
  const frame = ethernet(ipv4({ source: '198.51.100.1', destination: '203.0.113.5' }, segment))
  return {
    'NetFlow 5': netflow5(head, ...old),
    'NetFlow 9': netflow9(head, templateSet(0, 256, flows[0]), dataSet(256, ...flows)),
    IPFIX: ipfix(head, templateSet(2, 256, flows[0]), dataSet(256, ...flows)),
    'sFlow 5': sflow5({}, ...numbers.map(() => sflowSample(frame, 1000))),
  }
}

/** Nanoseconds of processor time a record. */
function decodingCost(datagram: Buffer, visit: (record: FlowRecord) => void): number {
  const rounds: number[] = []
  const repeat = Math.ceil(ROUND_RECORDS / RECORDS)
  const decoder = new FlowExportDecoder(visit)
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage()
    for (let n = 0; n < repeat; n++) decoder.decode(datagram, SENDER, TIME_SECONDS * 1000)
    const { user, system } = process.cpuUsage(before)
    rounds.push(((user + system) * 1000) / (repeat * RECORDS))
  }
  return median(rounds)
}

/** The same with the event of each flow, written to a spool. */
function recordingCost(datagram: Buffer, directory: string): number {
  const recorder = new EventRecorder({
    kind: 'flow',
    directory,
    budgetBytes: 2 ** 40,
    readers: FLOW_READERS,
    redactionKey: new Uint8Array(32),
    redaction: { redact: [], sensitiveArguments: [], sensitiveHeaders: [] },
  })
  const facts = new FlowFacts(undefined)
  const rays = new RayMaker()
  const decision = { verdict: 'allow', why: 'a flow that was exported', matches: [] } as const
  const cost = decodingCost(datagram, (record) => {
    facts.record = record
    const head = {
      ray: rays.next(),
      timeMicros: TIME_SECONDS * 1e6,
      point: 'flow-telemetry',
      policyVersion: '',
    } as const
    recorder.record({ ...head, decision }, facts)
  })
  void recorder.close()
  return cost
}

/** Prints what reading flow exports costs. */
export function run(): void {
  const rows: (string | number)[][] = []
  let checksum = 0
  for (const [name, datagram] of Object.entries(datagrams())) {
    const costNs = decodingCost(datagram, ({ packets }) => (checksum += packets))
    rows.push([name, costNs.toFixed(0), Math.round(1e9 / costNs), GOAL_PER_SECOND])
  }
  const directory = mkdtempSync(path.join(tmpdir(), 'tidegate-bench-'))
  try {
    const costNs = recordingCost(datagrams().IPFIX, directory)
    rows.push(['IPFIX, with its events written', costNs.toFixed(0), Math.round(1e9 / costNs), '-'])
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
  if (checksum === 0) throw new Error('no record was read')
  printTable(`Flow exports: ${RECORDS} records a datagram`, ['export', 'ns a record', 'records/s a core', 'goal'], rows)
}
