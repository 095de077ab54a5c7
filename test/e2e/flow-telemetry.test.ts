import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs'
import path from 'node:path'
import test, { type TestContext } from 'node:test'
import { LINK_TYPE, PcapWriter } from '#wire'
import { ethernet, ipv4, ipv6, tcp, TCP_FLAG, udp } from '../../src/wire/packet/testing/index.ts'
import { skipWithout, toolPath } from '../debian-tools.ts'
import { metric, systemEvents } from './testing/system-events.ts'
import { type ApiEvent, eventually, freePorts, startTidegate, temporaryFolder } from './testing/tidegate-process.ts'

const CLIENT = '198.51.100.7'
const SERVER = '203.0.113.9'
const DATA_PACKETS = 40
/** softflowd counts the padding of short frames as part of the packet. */
const PADDED_BYTES = 46

/** One TCP connection with some data, one DNS question and its answer, one exchange over IPv6. */
function frames(): Buffer[] {
  const ports = { sourcePort: 51_234, destinationPort: 443 }
  const back = { sourcePort: 443, destinationPort: 51_234 }
  const there = { source: CLIENT, destination: SERVER }
  const from = { source: SERVER, destination: CLIENT }
  const { syn, ack, fin, psh } = TCP_FLAG
  const data = Array.from({ length: DATA_PACKETS }, () =>
    ipv4(from, tcp({ ...back, flags: ack | psh, payload: Buffer.alloc(1000) })),
  )
  const packets = [
    ipv4(there, tcp({ ...ports, flags: syn })),
    ipv4(from, tcp({ ...back, flags: syn | ack })),
    ipv4(there, tcp({ ...ports, flags: ack })),
    ...data,
    ipv4(there, tcp({ ...ports, flags: fin | ack })),
    ipv4(from, tcp({ ...back, flags: fin | ack })),
    ipv4({ source: CLIENT, destination: '203.0.113.53' }, udp({ sourcePort: 5353, destinationPort: 53, payload: 'q' })),
    ipv6(
      { source: '2001:db8::1', destination: '2001:db8::2' },
      udp({ sourcePort: 9, destinationPort: 99, payload: 'x' }),
    ),
  ]
  return packets.map((packet) => ethernet(packet))
}

function writeCapture(file: string): void {
  const descriptor = openSync(file, 'w')
  const writer = new PcapWriter((piece) => void writeSync(descriptor, piece), {
    linkType: LINK_TYPE.ethernet,
    snapBytes: 0,
  })
  const seconds = Math.floor(Date.now() / 1000) - 10
  for (const [index, bytes] of frames().entries()) {
    writer.packet({
      bytes,
      start: 0,
      end: bytes.length,
      originalBytes: bytes.length,
      seconds,
      nanoseconds: index * 1e6,
    })
  }
  writer.end()
  closeSync(descriptor)
}

function runExporter(program: string, ...args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(toolPath(program) ?? program, args, { stdio: 'ignore', timeout: 30_000, killSignal: 'SIGKILL' })
    child.on('error', reject).on('close', () => resolve())
  })
}

const skip = skipWithout('softflowd', 'pmacctd')

interface Collector {
  readonly capture: string
  readonly port: number
  readonly home: string
  explain(ray: string): Promise<string>
  flows(protocol: string, count: number): Promise<readonly ApiEvent[]>
  restart(): Promise<Collector>
  metric(name: string): Promise<number>
}

async function startCollector(t: TestContext, home: string, port: number): Promise<Collector> {
  const capture = path.join(home, 'flows.pcap')
  writeCapture(capture)
  const tidegate = await startTidegate(t, {
    home,
    edge: '  workers: 1\n  sites: [{ name: all, hosts: ["*"], origins: ["http://127.0.0.1:9"] }]',
    more: `flows: { listeners: ["127.0.0.1:${port}"], exporters: [127.0.0.1/32] }`,
  })
  return {
    capture,
    port,
    home,
    explain: async (ray) => (await tidegate.api(`/api/v1/events/${ray}/explain`)).text(),
    flows: (protocol, count) => tidegate.events(`flow.protocol == "${protocol}"`, count),
    restart: async () => {
      await tidegate.stop()
      return startCollector(t, home, port)
    },
    metric: (name) => metric(tidegate, name),
  }
}

function sum(events: readonly ApiEvent[], field: string, source: string): number {
  return events
    .filter(({ facts }) => facts['ip.src'] === source && facts['ip.proto'] === 6)
    .reduce((total, { facts, weight }) => total + Number(facts[field]) * weight, 0)
}

test('flows of softflowd and pmacctd are recorded as they were, in every protocol', { skip }, async (t) => {
  const [port] = await freePorts(1)
  const collector = await startCollector(t, temporaryFolder(t), port)
  const target = `127.0.0.1:${port}`
  // softflowd leaves IPv6 out of version 5.
  for (const [version, protocol, count] of [
    ['5', 'netflow5', 3],
    ['9', 'netflow9', 4],
    ['10', 'ipfix', 4],
  ] as const) {
    await runExporter('softflowd', '-r', collector.capture, '-n', target, '-v', version, '-d')
    const events = await collector.flows(protocol, count)
    assert.equal(sum(events, 'flow.packets', SERVER), DATA_PACKETS + 2, protocol)
    assert.equal(sum(events, 'flow.bytes', SERVER), DATA_PACKETS * 1040 + 2 * PADDED_BYTES, protocol)
    const there = events.find(({ facts }) => facts['tcp.srcport'] === 51_234)
    assert.equal(there?.point, 'flow-telemetry')
    const { 'tcp.flags': flags, 'ip.dst': destination, 'flow.sampling_rate': rate } = there?.facts ?? {}
    assert.deepEqual([flags, destination, rate], [0x13, SERVER, 1])
  }
  await runExporter('pmacctd', '-f', probeFile(collector, 'nfprobe', 'nfprobe_version: 10'))
  const doubled = await collector.flows('ipfix', 7)
  assert.equal(sum(doubled, 'flow.packets', SERVER), 2 * (DATA_PACKETS + 2))
  assert.equal(await collector.metric('tidegate_flow_sets_without_template_total'), 0)
})

test('samples of sFlow stand for all packets', { skip }, async (t) => {
  const [port] = await freePorts(1)
  const collector = await startCollector(t, temporaryFolder(t), port)
  await runExporter('pmacctd', '-f', probeFile(collector, 'sfprobe', 'sampling_rate: 2'))
  const events = await collector.flows('sflow5', 5)
  assert.match(await collector.explain(events[0].ray), /no rule decides about a flow/)
  for (const { facts } of events) {
    assert.equal(facts['flow.sampling_rate'], 2)
    assert.equal(facts['flow.packets'], 2)
  }
})

test('templates of an exporter survive a restart', { skip }, async (t) => {
  const [port] = await freePorts(1)
  const first = await startCollector(t, temporaryFolder(t), port)
  await runExporter('softflowd', '-r', first.capture, '-n', `127.0.0.1:${port}`, '-v', '9', '-d')
  await first.flows('netflow9', 4)
  const second = await first.restart()
  const socket = createSocket('udp4')
  // A set of the template that softflowd uses for IPv4, without the template.
  const record = Buffer.alloc(64)
  const head = Buffer.from([0, 9, 0, 1, 0, 0, 0, 9, 0, 0, 0, 9, 0, 0, 0, 9, 0, 0, 0, 0])
  const set = Buffer.concat([Buffer.from([4, 0, 0, record.length + 4]), record])
  await new Promise((resolve) => socket.send(Buffer.concat([head, set]), port, '127.0.0.1', resolve))
  socket.close()
  await eventually('a flow of the kept template', async () =>
    (await second.metric('tidegate_flow_records_total')) > 0 ? true : undefined,
  )
  assert.equal(await second.metric('tidegate_flow_sets_without_template_total'), 0)
})

test('what was kept and cannot be used costs that knowledge only', async (t) => {
  const [port] = await freePorts(1)
  const home = temporaryFolder(t)
  const kept = path.join(home, 'data', 'flows')
  mkdirSync(kept, { recursive: true })
  writeFileSync(path.join(kept, 'exporters.json'), '[{"key": ')
  writeFileSync(path.join(kept, 'floods.json'), '{"version":1,"baselines":5}')
  const tidegate = await startTidegate(t, {
    home,
    edge: '  workers: 1\n  sites: [{ name: all, hosts: ["*"], origins: ["http://127.0.0.1:9"] }]',
    more: `flows: { listeners: ["127.0.0.1:${port}"], floods: { mode: log } }`,
  })
  const codes = await eventually('both events', async () => {
    const found = (await systemEvents(tidegate)).map(({ code }) => code)
    return found.includes('flow-templates-lost') && found.includes('flow-floods-forgotten') ? found : undefined
  })
  assert.ok(!codes.includes('flow-collector-died'))
})

function probeFile({ home, capture, port }: Collector, plugin: string, more: string): string {
  const file = path.join(home, `${plugin}.conf`)
  const lines = [
    'daemonize: false',
    `pcap_savefile: ${capture}`,
    `plugins: ${plugin}`,
    'aggregate: src_host, dst_host, src_port, dst_port, proto, tos, tcpflags',
    `${plugin}_receiver: 127.0.0.1:${port}`,
    'pcap_savefile_wait: 2',
    more,
  ]
  writeFileSync(file, `${lines.join('\n')}\n`)
  return file
}
