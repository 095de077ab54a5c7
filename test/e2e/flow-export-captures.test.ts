import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs'
import path from 'node:path'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { LINK_TYPE, PcapWriter } from '#wire'
import { analyzeCapture } from '#workbench'
import { readExportedFlows } from '#workbench/captures'
import { ethernet, ipv4, tcp, TCP_FLAG, udp } from '../../src/wire/packet/testing/index.ts'
import { skipWithout, toolPath } from '../debian-tools.ts'
import { temporaryFolder } from './testing/tidegate-process.ts'

const CONNECTIONS = 400
const SERVER = '203.0.113.9'
const DATA_PACKETS = 4
/** Of the server: SYN-ACK, data, FIN. */
const SERVER_PACKETS = CONNECTIONS * (DATA_PACKETS + 2)
/** The collector gets no more datagrams when it got none for so long. */
const QUIET_MS = 400

interface Frame {
  readonly bytes: Buffer
  readonly timeMs: number
}

function writeFrames(file: string, frames: readonly Frame[]): void {
  const descriptor = openSync(file, 'w')
  const writer = new PcapWriter((piece) => void writeSync(descriptor, piece), {
    linkType: LINK_TYPE.ethernet,
    snapBytes: 0,
  })
  for (const { bytes, timeMs } of frames) {
    writer.packet({
      bytes,
      start: 0,
      end: bytes.length,
      originalBytes: bytes.length,
      seconds: Math.floor(timeMs / 1000),
      nanoseconds: Math.floor((timeMs % 1000) * 1e6),
    })
  }
  writer.end()
  closeSync(descriptor)
}

/** Many short connections to one server, up to now. */
function traffic(): Frame[] {
  const { syn, ack, fin, psh } = TCP_FLAG
  const startMs = Date.now() - 60_000
  return Array.from({ length: CONNECTIONS }, (_, index) => {
    const client = `198.51.100.${1 + (index % 250)}`
    const there = { source: client, destination: SERVER }
    const from = { source: SERVER, destination: client }
    const up = { sourcePort: 20_000 + index, destinationPort: 443 }
    const down = { sourcePort: 443, destinationPort: 20_000 + index }
    const packets = [
      ipv4(there, tcp({ ...up, flags: syn })),
      ipv4(from, tcp({ ...down, flags: syn | ack })),
      ipv4(there, tcp({ ...up, flags: ack })),
      ...Array.from({ length: DATA_PACKETS }, () =>
        ipv4(from, tcp({ ...down, flags: ack | psh, payload: Buffer.alloc(900) })),
      ),
      ipv4(there, tcp({ ...up, flags: fin | ack })),
      ipv4(from, tcp({ ...down, flags: fin | ack })),
    ]
    return packets.map((packet, at) => ({ bytes: ethernet(packet), timeMs: startMs + index * 100 + at * 5 }))
  }).flat()
}

/** Runs an exporter, and gives the frames of what it sends. */
async function exportedFrames(run: (port: number) => readonly string[]): Promise<Frame[]> {
  const frames: Frame[] = []
  const socket = createSocket({ type: 'udp4', recvBufferSize: 4 * 1_048_576 })
  socket.on('message', (payload, { address, port }) => {
    const datagram = udp({ sourcePort: port, destinationPort: 2055, payload })
    const bytes = ethernet(ipv4({ source: address, destination: '127.0.0.2' }, datagram))
    frames.push({ bytes, timeMs: Date.now() })
  })
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  const [program, ...args] = run(socket.address().port)
  await new Promise<void>((resolve, reject) => {
    const child = spawn(toolPath(program) ?? program, args, { stdio: 'ignore', timeout: 30_000, killSignal: 'SIGKILL' })
    child.on('error', reject).on('close', () => resolve())
  })
  for (let seen = -1; seen < frames.length; await sleep(QUIET_MS)) seen = frames.length
  socket.close()
  return frames
}

interface Exporter {
  readonly name: string
  readonly protocol: string
  readonly rate: number
  /** What its sequence numbers count. */
  readonly counts: 'datagrams' | 'flows'
  readonly run: (traffic: string, home: string, port: number) => readonly string[]
}

function countedBy(protocol: string): Exporter['counts'] {
  return protocol === 'netflow9' || protocol === 'sflow5' ? 'datagrams' : 'flows'
}

const softflowd = (version: number, protocol: string): Exporter => ({
  name: `softflowd ${protocol}`,
  protocol,
  rate: 1,
  counts: countedBy(protocol),
  run: (file, _, port) => ['softflowd', '-r', file, '-n', `127.0.0.1:${port}`, '-v', String(version), '-d'],
})

function pmacctd(plugin: 'nfprobe' | 'sfprobe', protocol: string, more: string, rate = 1): Exporter {
  const run = (file: string, home: string, port: number): readonly string[] => {
    const config = path.join(home, `${protocol}.conf`)
    const lines = [
      'daemonize: false',
      `pcap_savefile: ${file}`,
      `plugins: ${plugin}`,
      'aggregate: src_host, dst_host, src_port, dst_port, proto, tos, tcpflags',
      `${plugin}_receiver: 127.0.0.1:${port}`,
      'pcap_savefile_wait: 2',
      more,
    ]
    writeFileSync(config, `${lines.join('\n')}\n`)
    return ['pmacctd', '-f', config]
  }
  return { name: `pmacctd ${protocol}`, protocol, rate, counts: countedBy(protocol), run }
}

const EXPORTERS: readonly Exporter[] = [
  softflowd(5, 'netflow5'),
  softflowd(9, 'netflow9'),
  softflowd(10, 'ipfix'),
  pmacctd('nfprobe', 'netflow5', 'nfprobe_version: 5'),
  pmacctd('nfprobe', 'netflow9', 'nfprobe_version: 9'),
  pmacctd('nfprobe', 'ipfix', 'nfprobe_version: 10'),
  pmacctd('sfprobe', 'sflow5', 'sampling_rate: 2', 2),
]

async function packetsOfServer(capture: string): Promise<number> {
  let packets = 0
  await readExportedFlows(capture, ({ record }) => {
    if (record.sourcePort === 443) packets += record.packets * record.samplingRate
  })
  return packets
}

/** Finds nothing wrong, and every flow. */
async function assertClean(capture: string, { protocol, rate }: Exporter): Promise<void> {
  const report = await analyzeCapture(capture)
  assert.deepEqual(report.findings, [])
  const [stream] = report.exports!.streams
  assert.equal(report.exports!.streamCount, 1)
  assert.deepEqual([stream.protocol, stream.lost, stream.samplingRates], [protocol, 0, [rate]])
  const packets = await packetsOfServer(capture)
  // Which packets are sampled is a matter of chance.
  assert.ok(rate === 1 ? packets === SERVER_PACKETS : Math.abs(packets - SERVER_PACKETS) < SERVER_PACKETS / 5)
}

/** Without three datagrams of the middle nothing else is found than that they are missing, each of their flows counted. */
async function assertLossFound(capture: string, frames: readonly Frame[], unit: string): Promise<void> {
  writeFrames(capture, frames)
  const whole = (await analyzeCapture(capture)).exports!.records
  writeFrames(
    capture,
    frames.filter((_, index) => index < 9 || index > 11),
  )
  const { findings, exports } = await analyzeCapture(capture)
  assert.deepEqual(
    findings.map(({ kind, frames: where }) => [kind, where]),
    [['export-lost', [10]]],
  )
  const [{ lost, lostUnit, records }] = exports!.streams
  assert.deepEqual(
    [lost, lostUnit === 'datagrams' ? 'datagrams' : 'flows'],
    [unit === 'datagrams' ? 3 : whole - records, unit],
  )
}

for (const exporter of EXPORTERS) {
  const skip = skipWithout(exporter.name.startsWith('softflowd') ? 'softflowd' : 'pmacctd')
  test(`in a capture of ${exporter.name} nothing is wrong, and every flow is there`, { skip }, async (t) => {
    const home = temporaryFolder(t)
    const [file, capture] = [path.join(home, 'traffic.pcap'), path.join(home, 'exports.pcap')]
    writeFrames(file, traffic())
    const frames = await exportedFrames((port) => exporter.run(file, home, port))
    writeFrames(capture, frames)
    await assertClean(capture, exporter)
    await assertLossFound(capture, frames, exporter.counts)
  })
}

test('an exporter that was started again is found', { skip: skipWithout('softflowd') }, async (t) => {
  const home = temporaryFolder(t)
  const [file, capture] = [path.join(home, 'traffic.pcap'), path.join(home, 'exports.pcap')]
  writeFrames(file, traffic())
  const runs = [softflowd(9, 'netflow9'), softflowd(9, 'netflow9')]
  const frames: Frame[] = []
  for (const { run } of runs) frames.push(...(await exportedFrames((port) => run(file, home, port))))
  writeFrames(capture, frames)
  const { findings } = await analyzeCapture(capture)
  assert.deepEqual(
    findings.map(({ kind, frames: [where] }) => [kind, where]),
    [['export-restarted', frames.length / 2 + 1]],
  )
})
