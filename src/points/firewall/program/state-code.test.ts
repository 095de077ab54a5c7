import assert from 'node:assert/strict'
import test from 'node:test'
import { type BpfMap, loadProgram, TestRun } from '#net'
import { LINK_TYPE, Packet, parseCidr, XDP } from '#wire'
import { ethernet, ipv4, ipv6, tcp, TCP_FLAG, udp } from '../../../wire/packet/testing/index.ts'
import { BpfJudge } from '../bpf-judge.ts'
import { PacketJudge } from '../packet-judge.ts'
import { packetRules } from '../packet-rules.ts'
import { MapRegistry } from '../process/map-registry.ts'
import { packetPolicy, type WrittenRule } from '../testing/packet-policy.ts'
import { compilePolicyProgram } from './policy-program.ts'
import { tickOf } from './state-machine.ts'
import { STATE_MAP } from './state-maps.ts'

const skip = process.getuid?.() === 0 ? false : 'needs root'

const { syn, ack, fin, rst, psh } = TCP_FLAG
const OUT: WrittenRule = { id: 'out', when: 'tcp.out_of_state', action: 'drop' }
const MANAGEMENT = [parseCidr('203.0.113.0/24')!]

interface Segment {
  readonly source?: string
  readonly port?: number
  readonly flags: number
  readonly sequence?: number
}

function segment({ source = '198.51.100.7', port = 40_000, flags, sequence = 1 }: Segment): Buffer {
  const parts = tcp({ sourcePort: port, destinationPort: 443, flags, sequence })
  return ethernet(
    source.includes(':')
      ? ipv6({ source, destination: '2001:db8::9' }, parts)
      : ipv4({ source, destination: '192.0.2.9' }, parts),
  )
}

/** Judges frames one after the other, by JavaScript and by the kernel, which must agree; `atSeconds` is their time. */
function bothJudges(written: readonly WrittenRule[]) {
  const policy = packetPolicy(written)
  const script = new PacketJudge(policy, MANAGEMENT, 0)
  const kernel = new BpfJudge({ rules: packetRules(policy, 0), lists: [], management: MANAGEMENT })
  const packet = new Packet('outer')
  const judge = (frame: Buffer, atSeconds: number): string => {
    packet.seconds = Math.floor(atSeconds)
    packet.nanoseconds = Math.round((atSeconds % 1) * 1e9)
    packet.read(frame, 0, frame.length, LINK_TYPE.ethernet)
    const expected = script.judge(packet, 0)
    assert.deepEqual(kernel.judge(frame, tickOf(packet.seconds, packet.nanoseconds)), expected)
    return expected.verdict
  }
  return { judge, close: () => kernel.close() }
}

type Step = readonly [atSeconds: number, flags: number, verdict: 'pass' | 'drop', why: string]

const DIALOGUES: readonly (readonly Step[])[] = [
  [
    [100, ack, 'drop', 'nothing came before'],
    [100, rst, 'drop', 'a reset of nothing'],
    [100, fin + ack, 'drop', 'the end of nothing'],
    [100, 0, 'drop', 'no flag at all'],
    [100, syn + fin, 'drop', 'no opening SYN'],
  ],
  [
    [100, syn, 'pass', 'it begins'],
    [101, ack, 'pass', 'it is open'],
    [3700, ack + psh, 'pass', 'an hour is not too long'],
    [7500, ack, 'drop', 'more than an hour is'],
  ],
  [
    [100, syn, 'pass', 'it begins'],
    [128, syn, 'pass', 'once more'],
    [157, ack, 'pass', 'within 30 seconds'],
  ],
  [
    [100, syn, 'pass', 'it begins'],
    [132, ack, 'drop', 'who answers after 30 seconds has been forgotten'],
  ],
  [
    [100, syn + ack, 'pass', 'somebody behind us began'],
    [100.1, ack, 'pass', 'it is open'],
    [100.2, fin + ack, 'pass', 'it ends'],
    [130, ack, 'pass', 'what is left'],
    [192, ack, 'drop', 'a minute after the last one it is forgotten'],
  ],
  [
    [100, syn, 'pass', 'it begins'],
    [100, ack, 'pass', 'it is open'],
    [100, rst, 'pass', 'it is aborted'],
    [100, rst, 'drop', 'there is nothing more to abort'],
    [100, ack, 'drop', 'nothing is open'],
    [101, syn, 'pass', 'it begins anew'],
    [101, ack, 'pass', 'it is open'],
    [101, syn, 'pass', 'a forged SYN'],
    [200, ack, 'pass', 'makes nothing forgotten'],
  ],
  [
    [0, ack, 'drop', 'a clock at its beginning'],
    [1e12, syn, 'pass', 'a clock beyond its end'],
    [1e12, ack, 'pass', 'stands still'],
    [-5, ack, 'pass', 'time goes backwards'],
  ],
]

test('segments without a beginning are out of state, by flags and by time', { skip }, () => {
  for (const source of ['198.51.100.7', '2001:db8:1::7']) {
    for (const [place, dialogue] of DIALOGUES.entries()) {
      const { judge, close } = bothJudges([OUT])
      for (const [atSeconds, flags, verdict, why] of dialogue) {
        assert.equal(judge(segment({ source, flags }), atSeconds), verdict, `${source} ${place}: ${why}`)
      }
      close()
    }
  }
})

test('what is thrown away changes no connection', { skip }, () => {
  const { judge, close } = bothJudges([
    { id: 'bad', when: 'tcp.seq == 666', action: 'drop' },
    { ...OUT, action: 'reset' },
  ])
  assert.equal(judge(segment({ flags: syn, sequence: 666 }), 1), 'drop')
  assert.equal(judge(segment({ flags: ack }), 1), 'drop')
  assert.equal(judge(segment({ flags: syn }), 1), 'pass')
  assert.equal(judge(segment({ flags: ack }), 1), 'pass')
  assert.equal(judge(segment({ flags: rst, sequence: 666 }), 1), 'drop')
  assert.equal(judge(segment({ flags: ack }), 1), 'pass')
  close()
})

test('connections of management are known, and other protocols have no state', { skip }, () => {
  const { judge, close } = bothJudges([{ id: 'known', when: 'not tcp.out_of_state', action: 'drop' }])
  const source = '203.0.113.5'
  assert.equal(judge(segment({ source, flags: ack }), 1), 'pass')
  const datagram = ethernet(
    ipv4({ source: '198.51.100.7', destination: '192.0.2.9' }, udp({ sourcePort: 1, destinationPort: 2, payload: '' })),
  )
  assert.equal(judge(datagram, 1), 'drop')
  assert.equal(judge(segment({ flags: ack }), 1), 'pass')
  close()
})

/** Numbers that are the same in every run. */
function* numbers(seed: number): Generator<number> {
  for (let state = seed; ;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    yield state >>> 8
  }
}

const MIXED: readonly WrittenRule[] = [
  { id: 'seen', when: 'tcp.flags.syn', action: 'log' },
  { id: 'bad', when: 'tcp.seq == 3', action: 'drop' },
  { id: 'limit', when: 'tcp.flags.ack', action: { rate_limit: { packets: 1, period: '1h' } } },
  OUT,
]
/** So many that they are looked up in tables. */
const MANY: readonly WrittenRule[] = [
  ...Array.from({ length: 20 }, (_, place) => ({
    id: `port-${place}`,
    when: `tcp.srcport == ${1000 + place} and ip.ttl == ${place} and not tcp.out_of_state`,
    action: 'drop',
  })),
  ...MIXED,
]

for (const rules of [MIXED, MANY]) {
  const name = `the kernel and JavaScript agree over a long capture, whatever comes, with ${rules.length} rules`
  test(name, { skip }, () => compareLong(rules))
}

function compareLong(rules: readonly WrittenRule[]): void {
  const { judge, close } = bothJudges(rules)
  const random = numbers(7)
  const next = (below: number): number => (random.next().value as number) % below
  const flags = [syn, syn, ack, ack, ack + psh, ack + fin, syn + ack, rst, rst + ack, fin, 0, syn + fin, syn + rst]
  const sources = ['198.51.100.7', '198.51.100.8', '2001:db8:1::7', '::ffff:198.51.100.7', '203.0.113.9']
  const verdicts = new Map<string, number>()
  let seconds = 1_700_000_000
  for (let count = 0; count < 24_000; count++) {
    seconds += next(40) === 0 ? next(90) - 2 : next(1000) / 4000
    const source = sources[next(sources.length)]
    const frame = segment({ source, port: 1000 + next(12), flags: flags[next(flags.length)], sequence: next(12) })
    if (next(4) === 0) frame[14 + next(frame.length - 14)] = next(256)
    const cut = next(10) === 0 ? Math.max(14, frame.length - next(30)) : frame.length
    const verdict = judge(frame.subarray(0, cut), seconds)
    verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1)
  }
  for (const verdict of ['pass', 'drop', 'limit']) assert.ok((verdicts.get(verdict) ?? 0) > 1000, verdict)
  close()
}

/** A program before packets, as interfaces run it; `registry` knows what the one before remembered. */
function filterOf(written: readonly WrittenRule[], registry: MapRegistry) {
  const policy = packetPolicy(written)
  const compiled = compilePolicyProgram({ rules: packetRules(policy, 0), lists: [], management: [] })
  const set = registry.make(compiled.maps)
  return { set, run: new TestRun(loadProgram(compiled.program, set.maps, 'test')) }
}

test('connections from before are learnt, and known to the next program', { skip }, () => {
  const registry = new MapRegistry()
  const learning = filterOf([OUT], registry)
  const { run } = learning
  assert.equal(run.run(segment({ flags: ack })), XDP.pass, 'it began before')
  assert.equal(run.run(segment({ flags: fin, port: 5 })), XDP.drop, 'it acknowledges nothing')
  registry.adopt(learning.set, undefined)
  ;(learning.set.maps.get(STATE_MAP.learning) as BpfMap).update(Buffer.alloc(4), Buffer.alloc(8))
  assert.equal(run.run(segment({ flags: ack, port: 6 })), XDP.drop, 'it is too late')
  const later = filterOf([{ id: 'other', when: 'udp.srcport == 1', action: 'drop' }, OUT], registry)
  registry.adopt(later.set, learning.set)
  assert.equal(later.run.run(segment({ flags: ack })), XDP.pass, 'what was learnt')
  assert.equal(later.run.run(segment({ flags: ack, port: 6 })), XDP.drop)
  registry.adopt({ maps: new Map(), kept: new Map() }, later.set)
})

test('a flood of SYN segments makes no open connection forgotten', { skip }, () => {
  const registry = new MapRegistry()
  const { run, set } = filterOf([OUT], registry)
  run.run(segment({ flags: syn }))
  run.run(segment({ flags: ack }))
  const frame = segment({ flags: syn })
  const entries = set.maps.get(STATE_MAP.asked)?.spec.entries ?? 0
  for (let count = 0; count < Math.min(entries * 1.2, 400_000); count++) {
    frame.writeUInt32BE(0x0a00_0000 + count, 26)
    run.run(frame)
  }
  ;(set.maps.get(STATE_MAP.learning) as BpfMap).update(Buffer.alloc(4), Buffer.alloc(8))
  assert.equal(run.run(segment({ flags: ack })), XDP.pass)
  registry.discard(set)
})

test('what no rule asks for costs nothing', () => {
  const maps = (when: string): readonly string[] => {
    const rules = packetRules(packetPolicy([{ id: 'one', when, action: 'drop' }]), 0)
    return compilePolicyProgram({ rules, lists: [], management: [] }).maps.map(({ spec }) => spec.name)
  }
  assert.ok(!maps('tcp.flags.syn').includes(STATE_MAP.open))
  assert.ok(maps('not tcp.out_of_state and ip.ttl == 1').includes(STATE_MAP.open))
})
