import { readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { BpfMap, loadProgram, receiveFrames, XdpLink } from '#net'
import { BpfAssembler, XDP } from '#wire'
import { makeCable } from '../../../net/bpf/testing/own-network.ts'
import { ethernet, ipv4, tcp, TCP_FLAG } from '../../../wire/packet/testing/index.ts'
import { XdpFirewall } from '../process/xdp-firewall.ts'
import { packetPolicy } from './packet-policy.ts'

// Processes that follow each other in one network run this. Without an argument it lets a connection begin, and prints the
// index of an interface; with that, it prints how many segments are out of state: one of that connection, and one of another.

const DEVICE = 'tgkept'
const PINS = '/sys/fs/bpf/tidegate'
const RULES = [{ id: 'out', when: 'tcp.out_of_state', action: 'drop' }] as const
/** The other end takes frames off the cable when it gets to it. */
const DELIVERY_MS = 100

function segment(sourcePort: number, flags: number): Buffer {
  const parts = tcp({ sourcePort, destinationPort: 443, flags })
  return ethernet(ipv4({ source: '198.51.100.7', destination: '192.0.2.9' }, parts))
}

/** Nothing that began before is taken for a connection any more. */
function endLearning(): void {
  const [network] = readdirSync(PINS)
  const pin = readdirSync(`${PINS}/${network}`).find((name) => name.startsWith('map-learning')) ?? ''
  const spec = { name: 'learning', kind: 'array', keyBytes: 4, valueBytes: 8, entries: 1 } as const
  const map = BpfMap.openPinned(`${PINS}/${network}/${pin}`, spec)
  map?.update(Buffer.alloc(4), Buffer.alloc(8))
  map?.close()
}

const [left] = process.argv.slice(2)
const [peer] = left === undefined ? makeCable(`${DEVICE}p`, DEVICE) : [Number(left)]
// A veth takes frames of a test run only when it has a program.
const send = loadProgram(new BpfAssembler().mov('r0', XDP.tx).exit().build(), new Map(), 'send')
const sender = XdpLink.attach(send, peer, 'native')
const firewall = new XdpFirewall()
const config = {
  interfaces: [{ name: DEVICE, directions: ['in'], protect: [] }],
  backend: 'xdp',
  onExit: 'keep',
  management: [],
} as const
firewall.apply(packetPolicy(RULES), config, 0)
if (left === undefined) {
  endLearning()
  for (const flags of [TCP_FLAG.syn, TCP_FLAG.ack]) receiveFrames(send, segment(1, flags), peer)
  await sleep(DELIVERY_MS)
  process.stdout.write(`${peer}`)
} else {
  for (const port of [1, 2]) receiveFrames(send, segment(port, TCP_FLAG.ack), peer)
  await sleep(DELIVERY_MS)
  process.stdout.write(`${firewall.counters().find(({ ruleId }) => ruleId === 'out')?.packets}`)
  firewall.release()
  if (readdirSync(PINS).some((network) => readdirSync(`${PINS}/${network}`).length > 0)) process.exitCode = 1
}
sender.close()
