import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import test from 'node:test'
import { bringUp, loadProgram, TestRun } from '#net'
import { LINK_TYPE, Packet, XDP } from '#wire'
import { enterOwnNetwork } from '../../../net/bpf/testing/own-network.ts'
import {
  ethernet,
  ipv4,
  ipv6,
  optionsExtension,
  synOptions,
  tcp,
  TCP_FLAG,
} from '../../../wire/packet/testing/index.ts'
import { BpfJudge } from '../bpf-judge.ts'
import { PacketJudge } from '../packet-judge.ts'
import { packetRules } from '../packet-rules.ts'
import { CounterReader } from '../process/counter-reader.ts'
import { MapRegistry } from '../process/map-registry.ts'
import { packetPolicy, type WrittenRule } from '../testing/packet-policy.ts'
import { MAP } from './layout.ts'
import { compilePolicyProgram } from './policy-program.ts'

const skip = process.getuid?.() === 0 ? false : 'needs root'
const SETTING = '/proc/sys/net/ipv4/tcp_syncookies'

const { syn, ack, rst, fin } = TCP_FLAG
const COOKIES: WrittenRule = { id: 'web', when: 'ip.proto == 6', action: 'syn_cookie' }
const CLIENT_PORT = 40_000
const SEQUENCE = 4_294_967_295

/** A host with a program that listens on both families; the kernel gives and takes cookies. */
async function hostOf(t: test.TestContext): Promise<number> {
  enterOwnNetwork()
  bringUp('lo')
  writeFileSync(SETTING, '2')
  const server = createServer((socket) => socket.destroy())
  server.listen(0, '::')
  await once(server, 'listening')
  t.after(() => server.close())
  return (server.address() as AddressInfo).port
}

function filterOf(written: readonly WrittenRule[]) {
  const rules = packetRules(packetPolicy(written), 0)
  const compiled = compilePolicyProgram({ rules, lists: [], management: [] })
  const set = new MapRegistry().make(compiled.maps)
  const program = loadProgram(compiled.program, set.maps, 'test')
  const counted = (id: string): number | undefined =>
    new CounterReader().read(set.maps.get(MAP.counters), rules).find(({ ruleId }) => ruleId === id)?.packets
  const close = (): void => {
    program.close()
    for (const map of set.maps.values()) map.close()
  }
  return { run: new TestRun(program), counted, close }
}

interface Sent {
  readonly family?: 4 | 6
  readonly vlans?: readonly number[]
  readonly hasOptions?: boolean
  readonly segment: Omit<Parameters<typeof tcp>[0], 'sourcePort'>
}

function frameOf({ family = 4, vlans = [], hasOptions = false, segment }: Sent): Buffer {
  const parts = tcp({ sourcePort: CLIENT_PORT, ...segment })
  const [v4, v6] = [
    { source: '127.0.0.9', destination: '127.0.0.1' },
    { source: '2001:db8::9', destination: '::1' },
  ]
  const packet =
    family === 4
      ? ipv4(hasOptions ? { ...v4, options: Buffer.alloc(8, 1) } : v4, parts)
      : ipv6(hasOptions ? { ...v6, extensions: [optionsExtension(0)] } : v6, parts)
  return ethernet(packet, { vlans })
}

function read(frame: Buffer): Packet {
  const packet = new Packet('outer')
  packet.read(frame, 0, frame.length, LINK_TYPE.ethernet)
  return packet
}

const SHAPES: readonly Omit<Sent, 'segment'>[] = [
  { family: 4 },
  { family: 6 },
  { family: 4, vlans: [5], hasOptions: true },
  { family: 6, vlans: [7, 9], hasOptions: true },
]

test('a SYN is answered as the stack would, and the answer to that is let in', { skip }, async (t) => {
  const destinationPort = await hostOf(t)
  const { run, counted, close } = filterOf([COOKIES])
  for (const shape of SHAPES) {
    for (const options of [synOptions(1400), Buffer.alloc(0)]) {
      const opening = { destinationPort, flags: syn, sequence: SEQUENCE, options }
      const { result, frame } = run.transform(frameOf({ ...shape, segment: opening }))
      assert.equal(result, XDP.tx)
      const answer = read(frame)
      const cookie = answer.tcpSequence
      const segmentBytes = frame.readUInt16BE(answer.transportStart + 22)
      assert.ok(segmentBytes >= 500 && segmentBytes <= 1400, `${segmentBytes}`)
      const expected = frameOf({
        ...shape,
        hasOptions: false,
        segment: {
          destinationPort,
          flags: syn + ack,
          sequence: cookie,
          acknowledgement: 0,
          window: 64_240,
          options: Buffer.from([2, 4, segmentBytes >> 8, segmentBytes & 255]),
        },
      })
      assert.equal(frame.toString('hex'), answeredFrame(expected, frame).toString('hex'))
      const follow = { destinationPort, flags: ack, sequence: 0, acknowledgement: cookie + 1 }
      assert.equal(run.run(frameOf({ ...shape, segment: follow })), XDP.pass, 'it heard the cookie')
      const forged = { ...follow, acknowledgement: cookie + 100 }
      assert.equal(run.run(frameOf({ ...shape, segment: forged })), XDP.drop, 'it made one up')
    }
  }
  assert.equal(counted('web'), SHAPES.length * 2 * 2)
  close()
})

/** The same frame in the other direction, with its checksums: what went back has no other padding. */
function answeredFrame(expected: Buffer, seen: Buffer): Buffer {
  const [theirs, ours] = [read(expected), read(seen)]
  const parts = tcp({
    sourcePort: theirs.destinationPort,
    destinationPort: theirs.sourcePort,
    flags: theirs.tcpFlags,
    sequence: theirs.tcpSequence,
    acknowledgement: theirs.tcpAcknowledgement,
    window: theirs.tcpWindow,
    options: expected.subarray(theirs.transportStart + 20, theirs.transportStart + 24),
  })
  const [source, destination] = [theirs.destination, theirs.source].map((address) =>
    typeof address === 'bigint'
      ? address === 1n
        ? '::1'
        : '2001:db8::9'
      : address === 0x7f00_0001
        ? '127.0.0.1'
        : '127.0.0.9',
  )
  const packet =
    theirs.ipVersion === 4
      ? ipv4({ source, destination, dontFragment: true }, parts)
      : ipv6({ source, destination }, parts)
  const link = Buffer.concat([expected.subarray(6, 12), expected.subarray(0, 6)])
  return Buffer.concat([link, seen.subarray(12, ours.ipStart), packet])
}

test('what is for nobody here, and what is no attempt to connect, goes on', { skip }, async (t) => {
  const destinationPort = await hostOf(t)
  const { run, counted, close } = filterOf([COOKIES])
  const cases: readonly (readonly [segment: Sent['segment'], why: string])[] = [
    [{ destinationPort: destinationPort ^ 1, flags: syn }, 'nobody listens there'],
    [{ destinationPort: destinationPort ^ 1, flags: ack }, 'nor there'],
    [{ destinationPort, flags: syn + ack }, 'an answer'],
    [{ destinationPort, flags: syn + fin }, 'no attempt'],
    [{ destinationPort, flags: rst }, 'a reset'],
    [{ destinationPort, flags: 0 }, 'nothing'],
  ]
  for (const [segment, why] of cases) assert.equal(run.run(frameOf({ segment })), XDP.pass, why)
  assert.equal(counted('web'), 0)
  writeFileSync(SETTING, '0')
  assert.equal(run.run(frameOf({ segment: { destinationPort, flags: syn } })), XDP.pass, 'no cookies are wanted')
  close()
})

test('who heard a cookie has opened a connection', { skip }, async (t) => {
  const destinationPort = await hostOf(t)
  const { run, close } = filterOf([
    COOKIES,
    { id: 'out', when: 'tcp.out_of_state and tcp.flags.reset', action: 'drop' },
  ])
  const { frame } = run.transform(frameOf({ segment: { destinationPort, flags: syn, sequence: 1 } }))
  const heard = { destinationPort, sequence: 2, acknowledgement: read(frame).tcpSequence + 1 }
  const aborted = frameOf({ segment: { ...heard, flags: rst } })
  assert.equal(run.run(aborted), XDP.drop)
  assert.equal(run.run(frameOf({ segment: { ...heard, flags: ack } })), XDP.pass)
  assert.equal(run.run(aborted), XDP.pass)
  close()
})

test('a trace says what would be answered', { skip }, () => {
  const policy = packetPolicy([COOKIES, { id: 'rest', when: 'ip.proto == 6', action: 'drop' }])
  const script = new PacketJudge(policy, [], 0)
  const kernel = new BpfJudge({ rules: packetRules(policy, 0), lists: [], management: [] })
  for (const flags of [syn, syn + ack, ack, rst, syn + fin, syn + rst, 0, syn + TCP_FLAG.ece + TCP_FLAG.cwr]) {
    const frame = frameOf({ segment: { destinationPort: 80, flags } })
    const expected = script.judge(read(frame), 0)
    assert.equal(expected.ruleId, (flags & 0x17) === syn ? 'web' : 'rest')
    assert.deepEqual(kernel.judge(frame), expected)
  }
  kernel.close()
})

test('many rules that give cookies are one program', { skip }, async (t) => {
  const destinationPort = await hostOf(t)
  const rules = Array.from({ length: 100 }, (_, index) => ({
    id: `rule-${index}`,
    when: `tcp.dstport == ${index === 77 ? destinationPort : 20 + index} and ip.ttl > ${index % 7}`,
    action: 'syn_cookie',
  }))
  const { run, counted, close } = filterOf(rules)
  assert.equal(run.run(frameOf({ segment: { destinationPort, flags: syn } })), XDP.tx)
  assert.equal(counted('rule-77'), 1)
  assert.equal(readFileSync(SETTING, 'latin1').trim(), '2')
  close()
})
