import { PACKET_READERS } from '#detect'
import { FIELD_BY_NAME } from '#fields'
import {
  checkBpf,
  checkNft,
  compilePredicate,
  type Expression,
  parseExpression,
  type Predicate,
  type TargetRefusal,
} from '#rules'
import { LINK_TYPE, Packet } from '#wire'
import type { Random } from '../random.ts'
import { BpfJudge } from './bpf-judge.ts'
import { hostileFrame } from './hostile-frame.ts'
import type { KernelLists } from './kernel-lists.ts'
import { type NftJudge, numbered, RULE_LIMIT } from './nft-judge.ts'
import { FIREWALL_FIELDS, PacketExpressionWriter, type WriterOptions } from './packet-expression.ts'

/** One program of the kernel holds the fields of about so many expressions on its stack. */
const BPF_RULES = 12
const SAMPLE_FRAMES = 500
const SHOWN = 10

/** How much was compared, and what differed. */
export interface Comparison {
  packets: number
  verdicts: number
  matched: number
  /** Frames that the kernel threw away before nftables, or that nftables reads differently by design. */
  notCompared: number
  readonly differences: string[]
}

export function emptyComparison(): Comparison {
  return { packets: 0, verdicts: 0, matched: 0, notCompared: 0, differences: [] }
}

interface Rule {
  readonly text: string
  readonly expression: Expression
  readonly predicate: Predicate<Packet>
}

/** Random expressions that a target takes. */
function randomRules(
  random: Random,
  frames: readonly Buffer[],
  lists: KernelLists,
  count: number,
  options: Omit<WriterOptions, 'fields'>,
  check: (expression: Expression) => TargetRefusal | undefined,
): Rule[] {
  const writer = new PacketExpressionWriter(random, frames.slice(0, SAMPLE_FRAMES), {
    fields: FIREWALL_FIELDS,
    ...options,
  })
  const rules: Rule[] = []
  while (rules.length < count) {
    const text = writer.condition(random.below(4))
    const parsed = parseExpression(text, { fields: FIELD_BY_NAME, lists: lists.types, point: 'firewall' })
    if (!parsed.ok) throw new Error(`${text}: ${parsed.error.message}`)
    const { expression } = parsed
    if (check(expression) !== undefined) continue
    const predicate = compilePredicate<Packet>(expression, { readers: PACKET_READERS, lists: lists.named })
    rules.push({ text, expression, predicate })
  }
  return rules
}

/** Judges hostile frames by random rules in JavaScript and by BPF_PROG_TEST_RUN. */
export function compareBpf(random: Random, frameCount: number, lists: KernelLists, into: Comparison): void {
  const frames = Array.from({ length: frameCount }, () => hostileFrame(random))
  const rules = randomRules(random, frames, lists, BPF_RULES, { comparesFields: true, searchesBytes: true }, checkBpf)
  const judge = new BpfJudge(
    rules.map(({ expression }) => expression),
    lists.bpf,
    lists.maps,
  )
  for (const frame of frames) compareFrame(frame, rules, judge.judge(frame), 'bpf', into)
  judge.close()
}

/** Judges hostile frames by random rules in JavaScript and in nftables. */
export function compareNft(
  random: Random,
  frameCount: number,
  lists: KernelLists,
  judge: NftJudge,
  into: Comparison,
): void {
  const frames = Array.from({ length: frameCount }, (_, number) => numbered(hostileFrame(random), number))
  const rules = randomRules(
    random,
    frames,
    lists,
    RULE_LIMIT,
    { comparesFields: false, searchesBytes: false },
    checkNft,
  )
  const verdicts = judge.judge(
    frames,
    rules.map(({ expression }) => expression),
    lists.addresses,
  )
  for (const [number, frame] of frames.entries()) {
    const seen = verdicts[number]
    if (seen === undefined || readsDifferently(frame)) into.notCompared++
    else compareFrame(frame, rules, seen, 'nft', into)
  }
}

const PACKET = new Packet('outer')

function compareFrame(
  frame: Buffer,
  rules: readonly Rule[],
  verdicts: readonly boolean[],
  target: string,
  into: Comparison,
): void {
  PACKET.read(frame, 0, frame.length, LINK_TYPE.ethernet)
  into.packets++
  for (const [index, { text, predicate }] of rules.entries()) {
    const expected = predicate(PACKET)
    into.verdicts++
    if (expected) into.matched++
    if (expected === verdicts[index] || into.differences.length >= SHOWN) continue
    into.differences.push(`js ${expected}, ${target} ${verdicts[index]}: ${text} on ${frame.toString('hex')}`)
  }
}

const EXTENSIONS: ReadonlySet<number> = new Set([0, 43, 44, 51, 60])
const FRAGMENT = 44
const AUTHENTICATION = 51
const EXTENSION_LIMIT = 6
const IPV6_BYTES = 40

/**
 * What nftables is documented to read in another way: a second VLAN tag hides the packet, more than six IPv6 extension
 * headers do not, and of several fragment headers the last decides.
 */
export function readsDifferently(frame: Buffer): boolean {
  PACKET.read(frame, 0, frame.length, LINK_TYPE.ethernet)
  if (PACKET.vlanCount > 1) return true
  if (PACKET.ipVersion !== 6) return false
  let [headers, fragments] = [0, 0]
  let kind = frame[PACKET.ipStart + 6]
  let at = PACKET.ipStart + IPV6_BYTES
  while (EXTENSIONS.has(kind) && at + 2 <= frame.length) {
    headers++
    if (kind === FRAGMENT) fragments++
    const [next, units] = [frame[at], frame[at + 1]]
    at += kind === FRAGMENT ? 8 : kind === AUTHENTICATION ? (units + 2) * 4 : (units + 1) * 8
    kind = next
  }
  return headers > EXTENSION_LIMIT || fragments > 1
}
