import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import test from 'node:test'
import { LINK_TYPE, PcapngWriter, PcapWriter } from '#wire'
import { ethernet, ipv4, tcp, TCP_FLAG, udp } from '../wire/packet/testing/index.ts'
import { makeFolder, runCli } from './testing/cli-process.ts'

const CONFIG = `firewall:
  interfaces: [{ name: eth0 }]
  backend: auto
  onExit: open
  management: [203.0.113.0/24]
`
const POLICY = `lists: { resolvers: [198.51.100.53] }
---
phase: packet_firewall
rules:
  - { id: dns-answers, when: 'udp.srcport == 53 and ip.len > 1000 and not ip.src in $resolvers', action: drop }
  - { id: telnet, when: 'tcp.dstport == 23', action: reset }
---
phase: packet_ddos
rules:
  - { id: ntp, when: 'udp.dstport == 123', action: { rate_limit: { per: [ip.src], packets: 10 } } }
`
const FOLDER = { 'tidegate.yaml': CONFIG, 'policy/packets.yaml': POLICY }

function frame(source: string, sourcePort: number, destinationPort: number, bytes: number): Buffer {
  const segment = udp({ sourcePort, destinationPort, payload: Buffer.alloc(bytes) })
  return ethernet(ipv4({ source, destination: '192.0.2.9' }, segment))
}

const TELNET = ethernet(
  ipv4(
    { source: '198.51.100.7', destination: '192.0.2.9' },
    tcp({ sourcePort: 40_000, destinationPort: 23, flags: TCP_FLAG.syn }),
  ),
)
const FRAMES = [
  frame('198.51.100.7', 53, 9, 1200),
  frame('198.51.100.53', 53, 9, 1200),
  frame('203.0.113.5', 53, 9, 1200),
  frame('198.51.100.7', 9, 123, 1),
  TELNET,
]
const EXPECTED = [
  { verdict: 'drop', phase: 'packet_firewall', ruleId: 'dns-answers', action: 'drop' },
  { verdict: 'pass', phase: null, ruleId: null, action: null },
  { verdict: 'pass', phase: null, ruleId: null, action: null, management: true },
  { verdict: 'limit', phase: 'packet_ddos', ruleId: 'ntp', action: 'rate_limit' },
  { verdict: 'drop', phase: 'packet_firewall', ruleId: 'telnet', action: 'reset' },
]

const COMING_IN = { interface: 'eth0', direction: 'in' }

function writeCapture(file: string): void {
  const pieces: Buffer[] = []
  const writer = new PcapWriter((bytes) => pieces.push(bytes), { linkType: LINK_TYPE.ethernet, snapBytes: 0 })
  for (const bytes of FRAMES) {
    writer.packet({ bytes, start: 0, end: bytes.length, originalBytes: bytes.length, seconds: 1, nanoseconds: 0 })
  }
  writer.end()
  writeFileSync(file, Buffer.concat(pieces))
}

const BACKENDS = process.getuid?.() === 0 ? ['js', 'bpf', 'nft'] : ['js']

test('a trace says for each frame of a capture which rule decides', async () => {
  const folder = makeFolder(FOLDER)
  try {
    writeCapture(path.join(folder.path, 'frames.pcap'))
    for (const backend of BACKENDS) {
      const args = ['--config', 'tidegate.yaml', '--pcap', 'frames.pcap', '--ndjson', '--backend', backend]
      const result = await runCli(['packet', 'trace', ...args], { cwd: folder.path })
      assert.equal(result.code, 0, result.stderr)
      const lines = result.stdout.trim().split('\n')
      const answers = lines.map((line): unknown => JSON.parse(line))
      assert.deepEqual(
        answers,
        EXPECTED.map((decision, index) => ({ frame: index + 1, ...decision, ...COMING_IN, backend })),
      )
    }
  } finally {
    folder.remove()
  }
})

test('one packet is traced from its bytes, or from its fields', async () => {
  const folder = makeFolder(FOLDER)
  try {
    const hex = await runCli(['packet', 'trace', '--hex', TELNET.toString('hex'), '--json'], { cwd: folder.path })
    assert.deepEqual(JSON.parse(hex.stdout), [{ frame: 1, ...EXPECTED[4], ...COMING_IN, backend: 'js' }])
    const fields = JSON.stringify({ 'ip.src': '198.51.100.7', 'udp.srcport': 53, 'ip.len': 1400 })
    const described = await runCli(['packet', 'trace', '--fields', fields], { cwd: folder.path })
    assert.equal(described.stdout, '     1  drop   dns-answers (packet_firewall, drop)\n')
  } finally {
    folder.remove()
  }
})

test('a trace is told where packets pass, or hears it from the capture', async () => {
  const places = `firewall:
  interfaces: [{ name: eth0, directions: [in, out] }, { name: eth1 }]
  management: [203.0.113.0/24]
`
  const policy = `phase: packet_firewall
rules:
  - { id: mail, when: 'packet.direction == "out" and tcp.dstport == 25', action: drop }
  - { id: inside, when: 'packet.interface == "eth1" and tcp.dstport == 25', action: drop }
`
  const folder = makeFolder({ 'tidegate.yaml': places, 'policy/packets.yaml': policy })
  const mail = ethernet(
    ipv4({ source: '198.51.100.7', destination: '192.0.2.9' }, tcp({ sourcePort: 7, destinationPort: 25 })),
  )
  const ways: readonly (readonly [name: string, direction: 'in' | 'out', expected: unknown])[] = [
    ['eth0', 'in', [null, 'eth0', 'in', undefined]],
    ['eth0', 'out', ['mail', 'eth0', 'out', undefined]],
    ['eth1', 'in', ['inside', 'eth1', 'in', undefined]],
    ['eth1', 'out', [null, 'eth1', 'out', false]],
    ['elsewhere', 'out', [null, 'eth0', 'in', undefined]],
  ]
  try {
    const pieces: Buffer[] = []
    const writer = new PcapngWriter((bytes) => pieces.push(bytes), 'test')
    for (const [name, direction] of ways) {
      const interfaceNumber = writer.addInterface({ linkType: LINK_TYPE.ethernet, snapBytes: 0, name })
      const packet = { bytes: mail, start: 0, end: mail.length, originalBytes: mail.length, seconds: 1, nanoseconds: 0 }
      writer.packet(interfaceNumber, { ...packet, direction })
    }
    writer.end()
    writeFileSync(path.join(folder.path, 'ways.pcapng'), Buffer.concat(pieces))
    for (const backend of BACKENDS) {
      const args = ['packet', 'trace', '--pcap', 'ways.pcapng', '--json', '--backend', backend]
      const result = await runCli(args, { cwd: folder.path })
      assert.equal(result.code, 0, result.stderr)
      const traced = JSON.parse(result.stdout) as Record<string, unknown>[]
      assert.deepEqual(
        traced.map(({ ruleId, interface: name, direction, filtered }) => [ruleId, name, direction, filtered]),
        ways.map(([, , expected]) => expected),
        backend,
      )
      const said = ['--interface', 'eth1', '--direction', 'out']
      const told = await runCli(['packet', 'trace', '--hex', mail.toString('hex'), '--backend', backend, ...said], {
        cwd: folder.path,
      })
      assert.equal(told.stdout, '     1  drop   mail (packet_firewall, drop)\n')
    }
    const fields = ['--fields', '{"tcp.dstport": 25, "ip.dst": "203.0.113.9"}']
    const going = await runCli(['packet', 'trace', ...fields, '--direction', 'out'], { cwd: folder.path })
    assert.match(going.stdout, /pass .*management/)
  } finally {
    folder.remove()
  }
})

const REFUSED: readonly (readonly [args: readonly string[], message: RegExp])[] = [
  [[], /nothing to trace/],
  [['--hex', '0g'], /no frame in hexadecimal/],
  [['--fields', '{"ip.sr": 1}'], /no field ip\.sr/],
  [['--pcap', 'tidegate.yaml'], /neither pcap nor pcapng/],
  [['--pcap', 'missing'], /ENOENT/],
]

test('what cannot be traced is said so', async () => {
  const folder = makeFolder(FOLDER)
  try {
    for (const [args, message] of REFUSED) {
      const result = await runCli(['packet', 'trace', ...args], { cwd: folder.path })
      assert.equal(result.code, 2, args.join(' '))
      assert.match(result.stderr, message)
    }
  } finally {
    folder.remove()
  }
})

test('a rule that the kernel cannot ask is refused at its place', async () => {
  const policy = `phase: packet_firewall\nrules:\n  - { id: a, when: 'l4.payload contains "x"', action: drop }\n`
  const folder = makeFolder({ ...FOLDER, 'policy/packets.yaml': policy })
  try {
    const result = await runCli(['packet', 'trace', '--hex', '00'], { cwd: folder.path })
    assert.equal(result.code, 2)
    assert.match(result.stderr, /packets\.yaml:3:\d+: rule a: .*substring\(l4\.payload, 0, 64\)/)
  } finally {
    folder.remove()
  }
})
