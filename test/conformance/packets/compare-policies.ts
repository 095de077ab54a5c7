import { PACKET_READERS } from '#detect'
import type { ListData } from '#decide'
import { FIELD_BY_NAME, type FieldType } from '#fields'
import { BpfJudge, NftJudge, type PacketDecision, PacketJudge, packetRules } from '#points'
import { checkBpf, checkNft, type PacketHook, parseExpression } from '#rules'
import { formatIp, type IpAddress, LINK_TYPE, Packet, packRanges, parseCidr } from '#wire'
import { packetPolicy, type WrittenRule } from '../../../src/points/firewall/testing/packet-policy.ts'
import type { Random } from '../random.ts'
import { type Comparison, readsDifferently } from './compare-targets.ts'
import { hostileFrame } from './hostile-frame.ts'
import { ADDRESS_LIST, FIREWALL_FIELDS, INTEGER_LIST, PacketExpressionWriter } from './packet-expression.ts'

const LISTS: readonly ListData[] = [
  { name: 'addresses', type: 'IP', ranges: packRanges(ADDRESS_LIST.map((text) => parseCidr(text)!)) },
  { name: 'integers', type: 'Int', values: INTEGER_LIST },
]
const LIST_TYPES = new Map([
  ['addresses', 'IP'],
  ['integers', 'Int'],
] as const)
const MANAGEMENT = [parseCidr('203.0.113.250/32')!]

/** Fields that most rules of real policies are made of. */
const COMMON_FIELDS = [
  'ip.src',
  'ip.dst',
  'ip.proto',
  'ip.len',
  'ip.ttl',
  'ip.frag',
  'tcp.srcport',
  'tcp.dstport',
  'tcp.flags',
  'tcp.flags.syn',
  'udp.srcport',
  'udp.dstport',
  'l4.dstport',
  'icmp.type',
  'vlan.id',
]

const LIMIT = { rate_limit: { per: ['ip.src'], packets: 5, period: '1s' } }
const ACTIONS: readonly unknown[] = ['drop', 'drop', 'drop', 'allow', 'reset', 'log', LIMIT]

const SAMPLE_FRAMES = 500
const SHOWN = 10

type Target = 'bpf' | 'nft'

/**
 * Judges hostile frames, each at one of a few interfaces in one direction, by a whole policy of `ruleCount` rules in
 * JavaScript and by the programs, or the tables, that a firewall loads. Returns how many different rules decided.
 */
export function comparePolicies(
  random: Random,
  frameCount: number,
  ruleCount: number,
  into: Comparison,
  target: Target = 'bpf',
): number {
  const frames = Array.from({ length: frameCount }, () => hostileFrame(random))
  const written = randomRules(random, frames, ruleCount, target)
  const policy = packetPolicy(written, LISTS)
  const script = new PacketJudge(policy, MANAGEMENT, 0)
  const kernel = target === 'bpf' ? bpfJudges(policy) : new NftJudge(policy, MANAGEMENT, 0, HOOKS)
  const packet = new Packet('outer')
  const decisive = new Set<string>()
  const texts = new Map(written.map(({ id, when }) => [id, when]))
  for (const frame of frames) {
    packet.read(frame, 0, frame.length, LINK_TYPE.ethernet)
    const hook = random.pick(HOOKS)
    const expected = script.judge(packet, 0, hook)
    const seen = kernel.judge(frame, hook)
    const isUnsaid = typeof seen === 'string' && hook.direction === 'out'
    if (isUnsaid || (target === 'nft' && (typeof seen === 'string' || readsDifferently(frame)))) {
      into.notCompared++
      continue
    }
    into.packets++
    into.verdicts++
    if (expected.ruleId !== undefined) into.matched++
    decisive.add(expected.ruleId ?? '')
    if (JSON.stringify(expected) === JSON.stringify(seen) || into.differences.length >= SHOWN) continue
    const seenId = typeof seen === 'string' ? seen : seen.ruleId
    const rules = [expected.ruleId, seenId].map((id) => `${id}: ${texts.get(id ?? '')}`)
    into.differences.push(
      `of ${ruleCount} rules js ${rules[0]}, ${target} ${rules[1]} at ${hook.interfaceName} ${hook.direction} on ${frame.toString('hex')}`,
    )
  }
  kernel.close()
  return decisive.size
}

const HOOKS: readonly PacketHook[] = (['in', 'out'] as const).flatMap((direction) =>
  ['lan', 'wan'].map((interfaceName) => ({ interfaceName, direction })),
)

/** What rules ask of where packets pass. */
const HOOK_CONDITIONS = [
  'packet.direction == "out"',
  'packet.direction == "in"',
  'packet.interface == "wan"',
  'packet.interface != "wan"',
  'packet.interface in {"lan" "dmz"}',
  'not (packet.interface == "lan" and packet.direction == "in")',
  '(packet.direction == "out" xor packet.interface == "lan")',
]

interface KernelJudge {
  judge(frame: Buffer, hook: PacketHook): PacketDecision | string
  close(): void
}

/** A program for each place where packets pass. */
function bpfJudges(policy: ReturnType<typeof packetPolicy>): KernelJudge {
  const source = { rules: packetRules(policy, 0), lists: policy.lists, management: MANAGEMENT }
  const judges = new Map(HOOKS.map((hook) => [hook, new BpfJudge({ ...source, hook })]))
  return {
    judge: (frame, hook) => judges.get(hook)?.judge(frame) ?? 'there is no such place',
    close: () => {
      for (const judge of judges.values()) judge.close()
    },
  }
}

/** Fewer are true for too many frames. */
const LEAST_CONDITIONS = 4
const FRAME_OF_RULE = new Packet('outer')

/** A condition that is true for one frame, and for few others. */
function likeFrame(random: Random, frame: Buffer): string {
  FRAME_OF_RULE.read(frame, 0, frame.length, LINK_TYPE.ethernet)
  const conditions: string[] = []
  for (let count = 6 + random.below(5); count > 0; count--) {
    const field = random.pick(random.chance(90) ? COMMON_FIELDS : FIREWALL_FIELDS)
    const value = PACKET_READERS.read[field](FRAME_OF_RULE)
    const { type } = FIELD_BY_NAME.get(field)!
    if (value === undefined) conditions.push(random.chance(20) ? absence(field, type) : '')
    else if (type === 'IP') conditions.push(addressLike(random, field, value as IpAddress))
    else if (type === 'Int') conditions.push(numberLike(random, field, Number(value)))
    else if (type === 'Bool') conditions.push(value === true ? field : `not ${field}`)
  }
  const written = conditions.filter((condition) => condition !== '')
  return written.length < LEAST_CONDITIONS ? '' : written.join(' and ')
}

/** True for packets without a field. */
function absence(field: string, type: FieldType): string {
  if (type === 'Int') return `not (${field} >= 0)`
  return type === 'IP' ? `not (${field} in {0.0.0.0/0 ::/0})` : ''
}

function addressLike(random: Random, field: string, address: IpAddress): string {
  if (random.chance(30)) return `${field} == ${formatIp(address)}`
  const prefix = prefixOf(address, random)
  return random.chance(20) ? `(${field} in {${prefix}} or ${field} == 192.0.2.1)` : `${field} in {${prefix}}`
}

function prefixOf(address: IpAddress, random: Random): string {
  if (typeof address === 'bigint') {
    const hostBits = BigInt(random.below(112))
    return `${formatIp((address >> hostBits) << hostBits)}/${128n - hostBits}`
  }
  const hostBits = random.below(24)
  return `${formatIp(((address >>> hostBits) << hostBits) >>> 0)}/${32 - hostBits}`
}

function numberLike(random: Random, field: string, value: number): string {
  const width = random.below(20)
  const forms = [
    `${field} == ${value}`,
    `${field} in {${Math.max(0, value - width)}..${value + random.below(20)}}`,
    `${field} in {${random.below(100)} ${value} ${value + 3}}`,
    `(${field} >= ${value} and not (${field} > ${value + width}))`,
    `not (${field} != ${value})`,
    `(${field} == ${value} or tcp.flags.syn and not tcp.flags.ack and ip.ttl < ${width})`,
  ]
  return random.pick(forms)
}

/** Rules that the kernel takes: most are narrow, so that later ones are reached too. */
function randomRules(random: Random, frames: readonly Buffer[], count: number, target: Target): WrittenRule[] {
  const options = { comparesFields: target === 'bpf', searchesBytes: target === 'bpf' }
  const check = target === 'bpf' ? checkBpf : checkNft
  const sample = frames.slice(0, SAMPLE_FRAMES)
  const common = new PacketExpressionWriter(random, sample, { fields: COMMON_FIELDS, ...options })
  const all = new PacketExpressionWriter(random, sample, { fields: FIREWALL_FIELDS, ...options })
  const rules: WrittenRule[] = []
  const anyConditions = (): string => {
    const least = random.chance(95) ? Math.log2(count) / 2 : 0
    const conditions = Array.from({ length: 1 + random.below(3) + Math.round(least) }, () =>
      random.chance(85) ? common.condition(random.chance(70) ? 0 : random.below(3)) : all.condition(random.below(3)),
    )
    return conditions.map((condition) => `(${condition})`).join(' and ')
  }
  while (rules.length < count) {
    const condition = random.chance(97) ? likeFrame(random, random.pick(frames)) : anyConditions()
    if (condition === '') continue
    const when = random.chance(30) ? `${condition} and ${random.pick(HOOK_CONDITIONS)}` : condition
    const parsed = parseExpression(when, { fields: FIELD_BY_NAME, lists: LIST_TYPES, point: 'firewall' })
    if (!parsed.ok) throw new Error(`${when}: ${parsed.error.message}`)
    if (check(parsed.expression) !== undefined) continue
    rules.push({
      id: `rule-${rules.length}`,
      when,
      action: random.pick(ACTIONS),
      phase: random.chance(30) ? 'packet_ddos' : 'packet_firewall',
      mode: random.chance(10) ? 'log' : 'enforce',
    })
  }
  return rules
}
