import { formatIp } from '#wire'
import type { Expression } from '../../expression.ts'
import { type Block, mergedBlocks } from '../ip-blocks.ts'
import { mergedRanges } from '../number-ranges.ts'
import { packetLeaf } from '../packet-leaf.ts'
import type { Shape } from './shape.ts'
import { NFT_ADDRESSES, NFT_NUMBERS } from './terms.ts'

/** One of the conditions of a rule that all must be true; with `key`, it is that the key lies in one of the blocks. */
export interface Conjunct {
  readonly when: Expression
  readonly key?: IndexKey
  readonly blocks?: readonly Block[]
}

/** What rules can be told apart by with one look. */
interface IndexKey {
  /** How nftables reads it. */
  readonly text: string
  readonly kind: 'number' | 'ipv4' | 'ipv6'
}

/** A rule that a packet of a shape may match, with what is still to be asked. */
export interface IndexEntry {
  readonly rule: number
  readonly conjuncts: readonly Conjunct[]
}

/** First the split, which leads packets elsewhere; those that it leads nowhere are asked for the entries, in order. */
export interface IndexNode {
  readonly split?: { readonly key: string; readonly parts: readonly IndexPart[] }
  readonly entries: readonly IndexEntry[]
}

interface IndexPart {
  readonly ranges: readonly string[]
  readonly node: IndexNode
}

/** So few rules are asked faster than they are looked up. */
const LINEAR_MOST = 8
/** The kernel follows only so many chains. */
const DEPTH_MOST = 2
/** A rule without a condition on a key stands in every part: an index may hold so many times the rules. */
const COPIES_MOST = 8
/** What a split must save at least. */
const WORTH = 0.6

/** The conditions of a rule that all must be true, for packets of a shape. */
export function conjunctsOf(when: Expression, shape: Shape): Conjunct[] {
  if (when.kind === 'Logical' && when.operator === 'and') {
    return when.operands.flatMap((operand) => conjunctsOf(operand, shape))
  }
  if (when.kind === 'Not' || when.kind === 'Logical') return [{ when }]
  const leaf = packetLeaf(when)
  if (leaf.kind === 'AddressIn') {
    const text = NFT_ADDRESSES[leaf.field][shape.family]
    if (text === undefined || shape.family === 'none') return [{ when }]
    const kind = shape.family === 'ipv6' ? 'ipv6' : 'ipv4'
    return [{ when, key: { text, kind }, blocks: kind === 'ipv6' ? leaf.blocks : ipv4Blocks(leaf.blocks) }]
  }
  if (leaf.kind !== 'NumberIn' || leaf.number.kind !== 'Field' || !Object.hasOwn(NFT_NUMBERS, leaf.number.field)) {
    return [{ when }]
  }
  const field = NFT_NUMBERS[leaf.number.field](shape)
  const [term] = field.kind === 'Terms' ? field.terms : []
  const isPlain =
    term !== undefined && term.isPresent && term.scale === 1 && term.offset === 0 && WHOLE_LIMITS.has(term.limit)
  if (!isPlain) return [{ when }]
  // A field may be larger than what nftables reads of it.
  const ranges = mergedRanges(leaf.ranges, term.limit)
  const blocks = ranges.map(({ first, last }) => ({ first: BigInt(first), last: BigInt(last) }))
  return [{ when, key: { text: term.text, kind: 'number' }, blocks }]
}

/** Of keys that are whole bytes. */
const WHOLE_LIMITS: ReadonlySet<number> = new Set([0xff, 0xffff])

const MAPPED = { first: 0xffff_0000_0000n, last: 0xffff_ffff_ffffn }

/** IPv4 addresses as numbers of 32 bits. */
function ipv4Blocks(blocks: readonly Block[]): Block[] {
  return blocks.flatMap(({ first, last }) => {
    const low = first > MAPPED.first ? first : MAPPED.first
    const high = last < MAPPED.last ? last : MAPPED.last
    return low <= high ? [{ first: low - MAPPED.first, last: high - MAPPED.first }] : []
  })
}

/** What is left of an expression when only these of its conjuncts are still to be asked; undefined when none is. */
export function conjunctionOf(whole: Expression, conjuncts: readonly Conjunct[]): Expression | undefined {
  if (conjuncts.length === 0) return undefined
  if (whole.kind !== 'Logical' || whole.operator !== 'and') return whole
  if (conjuncts.length === 1) return conjuncts[0].when
  const total = conjunctCount(whole)
  if (total === conjuncts.length) return whole
  return { kind: 'Logical', operator: 'and', operands: conjuncts.map(({ when }) => when), span: whole.span }
}

function conjunctCount(node: Expression): number {
  if (node.kind !== 'Logical' || node.operator !== 'and') return 1
  return node.operands.reduce((sum, operand) => sum + conjunctCount(operand), 0)
}

/**
 * Arranges ordered rules so that a packet is asked for few of them: by the ranges of one key after the other. Every packet
 * still meets all the rules that it matches, in their order.
 */
export function indexEntries(entries: readonly IndexEntry[], depth: number = 0): IndexNode {
  if (entries.length <= LINEAR_MOST || depth === DEPTH_MOST) return { entries }
  const keys = new Map(
    entries.flatMap(({ conjuncts }) => conjuncts.flatMap(({ key }) => (key === undefined ? [] : [[key.text, key]]))),
  )
  let best: Split | undefined
  for (const key of keys.values()) {
    const split = splitBy(entries, key)
    if (split !== undefined && (best === undefined || split.cost < best.cost)) best = split
  }
  if (best === undefined || best.cost > entries.length * WORTH) return { entries }
  const parts = best.parts.map(({ ranges, entries: part }) => ({ ranges, node: indexEntries(part, depth + 1) }))
  return { split: { key: best.key.text, parts }, entries: best.others }
}

interface Split {
  readonly key: IndexKey
  readonly parts: readonly { readonly ranges: readonly string[]; readonly entries: readonly IndexEntry[] }[]
  /** Those that hold for keys outside of all parts. */
  readonly others: readonly IndexEntry[]
  /** Rules that are asked on average. */
  readonly cost: number
}

function splitBy(entries: readonly IndexEntry[], key: IndexKey): Split | undefined {
  const blocks = entries.map((entry) => blocksOf(entry, key.text))
  const others = entries.filter((_, index) => blocks[index] === undefined)
  const parts = new Map<string, { ranges: string[]; entries: IndexEntry[] }>()
  let copies = others.length
  for (const { first, last, own } of pieces(blocks)) {
    const id = own.join(' ')
    let part = parts.get(id)
    if (part === undefined) {
      const here = new Set(own)
      const held = entries.filter((_, index) => here.has(index) || blocks[index] === undefined)
      copies += held.length
      if (copies > entries.length * COPIES_MOST) return undefined
      part = { ranges: [], entries: held.map((entry) => without(entry, key.text)) }
      parts.set(id, part)
    }
    part.ranges.push(rangeText(first, last, key.kind))
  }
  return { key, parts: [...parts.values()], others, cost: copies / (parts.size + 1) }
}

interface Piece extends Block {
  /** The entries that can be true here, in order. */
  readonly own: readonly number[]
}

/** Cuts the values of a key where an entry begins or ends to be true. */
function* pieces(blocks: readonly (readonly Block[] | undefined)[]): Iterable<Piece> {
  const changes = blocks
    .flatMap((own = [], entry) =>
      own.flatMap(({ first, last }) => [
        { at: first, entry, isBegin: true },
        { at: last + 1n, entry, isBegin: false },
      ]),
    )
    .sort((left, right) => (left.at < right.at ? -1 : left.at > right.at ? 1 : 0))
  const open = new Set<number>()
  for (const [index, { at, entry, isBegin }] of changes.entries()) {
    if (isBegin) open.add(entry)
    else open.delete(entry)
    const next = changes[index + 1]?.at ?? at
    if (next > at && open.size > 0) {
      yield { first: at, last: next - 1n, own: [...open].sort((left, right) => left - right) }
    }
  }
}

/** Where a rule can be true, by one key; undefined when it does not ask for the key. */
function blocksOf({ conjuncts }: IndexEntry, text: string): readonly Block[] | undefined {
  const own = conjuncts.flatMap(({ key, blocks }) => (key?.text === text && blocks !== undefined ? [blocks] : []))
  return own.length === 0 ? undefined : own.reduce(intersection)
}

function intersection(left: readonly Block[], right: readonly Block[]): readonly Block[] {
  return mergedBlocks(
    left.flatMap((one) =>
      right.flatMap((other) => {
        const first = one.first > other.first ? one.first : other.first
        const last = one.last < other.last ? one.last : other.last
        return first <= last ? [{ first, last }] : []
      }),
    ),
  )
}

function without({ rule, conjuncts }: IndexEntry, text: string): IndexEntry {
  return { rule, conjuncts: conjuncts.filter(({ key }) => key?.text !== text) }
}

function rangeText(first: bigint, last: bigint, kind: IndexKey['kind']): string {
  const text = TEXTS[kind]
  return first === last ? text(first) : `${text(first)}-${text(last)}`
}

const TEXTS: Readonly<Record<IndexKey['kind'], (value: bigint) => string>> = {
  number: String,
  ipv4: (value) => formatIp(Number(value)),
  ipv6: formatIp,
}
