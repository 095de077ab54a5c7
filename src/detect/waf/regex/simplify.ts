import { ANY_BYTE, addSet, type ByteSet, emptySet } from '#rules'
import { childrenOf, EMPTY, type PcreNode } from './pcre-node.ts'

/** What can come after a place: the bytes that can be next, or something that looks at more than the next byte. */
interface Ahead {
  readonly next: ByteSet
  readonly opaque: boolean
}

const NOTHING_AHEAD: Ahead = { next: emptySet(), opaque: false }
const UNKNOWN_AHEAD: Ahead = { next: ANY_BYTE, opaque: true }
/** Nothing in the pattern depends on what is ahead: it is not worked out. */
const NOT_ASKED: Ahead = { next: ANY_BYTE, opaque: true }

/**
 * The pattern with nested sequences and choices made flat, and with possessive repetitions made greedy where that cannot change a
 * match: what follows never begins with a byte that the repetition could have given back.
 */
export function simplify(node: PcreNode): PcreNode {
  return simplifyBefore(node, holdsBack(node) ? NOTHING_AHEAD : NOT_ASKED)
}

/** True when something in the pattern gives nothing back; without, nobody asks what comes after a place. */
function holdsBack(node: PcreNode): boolean {
  if (node.kind === 'atomic' || (node.kind === 'repeat' && node.mode === 'possessive')) return true
  return childrenOf(node).some(holdsBack)
}

function simplifyBefore(node: PcreNode, ahead: Ahead): PcreNode {
  switch (node.kind) {
    case 'sequence':
      return simplifySequence(node.items, ahead)
    case 'choice': {
      const options = node.options.map((option) => simplifyBefore(option, ahead))
      return { kind: 'choice', options: options.flatMap((one) => (one.kind === 'choice' ? one.options : [one])) }
    }
    case 'capture':
      return { ...node, item: simplifyBefore(node.item, ahead) }
    case 'repeat':
      return simplifyRepeat(node, ahead)
    case 'atomic':
      return simplifyAtomic(node.item, ahead)
    case 'look':
      return { ...node, item: simplifyBefore(node.item, node.behind ? UNKNOWN_AHEAD : NOTHING_AHEAD) }
    case 'set':
    case 'backreference':
    case 'assertion':
      return node
  }
}

function simplifySequence(items: readonly PcreNode[], ahead: Ahead): PcreNode {
  const flat: PcreNode[] = []
  let after = ahead
  for (let index = items.length - 1; index >= 0; index--) {
    const item = simplifyBefore(items[index], after)
    if (index > 0 && after !== NOT_ASKED) after = before(item, after)
    if (item.kind === 'sequence') flat.push(...item.items.toReversed())
    else flat.push(item)
  }
  flat.reverse()
  if (flat.length === 0) return EMPTY
  return flat.length === 1 ? flat[0] : { kind: 'sequence', items: flat }
}

function simplifyRepeat(node: PcreNode & { kind: 'repeat' }, ahead: Ahead): PcreNode {
  const again = node.max > 1 && ahead !== NOT_ASKED ? join(before(node.item, ahead), ahead) : ahead
  const item = simplifyBefore(node.item, again)
  const givesNothingBack = item.kind === 'set' && !ahead.opaque && !meet(item.set, ahead.next)
  if (node.mode === 'possessive' && givesNothingBack) return { ...node, item, mode: 'greedy' }
  return { ...node, item }
}

/** `(?>[a-z]*)` is a possessive repetition; a fixed text cannot give anything back. */
function simplifyAtomic(content: PcreNode, ahead: Ahead): PcreNode {
  const item = simplifyBefore(content, ahead)
  if (isFixed(item)) return item
  if (item.kind === 'repeat' && item.item.kind === 'set' && item.mode === 'greedy')
    return simplifyRepeat({ ...item, mode: 'possessive' }, ahead)
  return { kind: 'atomic', item }
}

function isFixed(node: PcreNode): boolean {
  if (node.kind === 'sequence') return node.items.every(isFixed)
  if (node.kind === 'capture') return isFixed(node.item)
  return node.kind === 'set' || node.kind === 'assertion'
}

/** What can come next at the place before a node, when `ahead` is what can come after it. */
function before(node: PcreNode, ahead: Ahead): Ahead {
  switch (node.kind) {
    case 'set':
      return { next: node.set, opaque: false }
    case 'sequence':
      return node.items.reduceRight((after, item) => before(item, after), ahead)
    case 'choice':
      return node.options.map((option) => before(option, ahead)).reduce(join)
    case 'capture':
    case 'atomic':
      return before(node.item, ahead)
    case 'repeat': {
      if (node.max === 0) return ahead
      const first = before(node.item, ahead)
      return node.min === 0 ? join(first, ahead) : first
    }
    case 'assertion':
      // At the end nothing is next: a repetition that gives a byte back is not there any more.
      return node.assertion === 'end' ? NOTHING_AHEAD : UNKNOWN_AHEAD
    case 'look':
    case 'backreference':
      return UNKNOWN_AHEAD
  }
}

function join(one: Ahead, other: Ahead): Ahead {
  const next = one.next.slice()
  addSet(next, other.next)
  return { next, opaque: one.opaque || other.opaque }
}

function meet(one: ByteSet, other: ByteSet): boolean {
  return one.some((flag, byte) => flag === 1 && other[byte] === 1)
}

/** True when the pattern is regular: finite automata decide exactly what it matches. */
export function isRegular(node: PcreNode): boolean {
  switch (node.kind) {
    case 'set':
    case 'assertion':
      return true
    case 'sequence':
      return node.items.every(isRegular)
    case 'choice':
      return node.options.every(isRegular)
    case 'capture':
      return isRegular(node.item)
    case 'repeat':
      return node.mode !== 'possessive' && isRegular(node.item)
    case 'atomic':
    case 'look':
    case 'backreference':
      return false
  }
}

/** True when every match begins at the start of the value. */
export function isAnchoredAtStart(node: PcreNode): boolean {
  switch (node.kind) {
    case 'assertion':
      return node.assertion === 'start'
    case 'sequence':
      return node.items.length > 0 && isAnchoredAtStart(node.items[0])
    case 'choice':
      return node.options.every(isAnchoredAtStart)
    case 'capture':
    case 'atomic':
      return isAnchoredAtStart(node.item)
    case 'repeat':
      return node.min > 0 && isAnchoredAtStart(node.item)
    case 'set':
    case 'look':
    case 'backreference':
      return false
  }
}

/**
 * The pattern without what may be left out at its end: it matches shorter texts, but at the same places. Automata that read from the end
 * need not tell apart how much of `.{1,255}` there is.
 */
export function withoutTail(node: PcreNode): PcreNode {
  switch (node.kind) {
    case 'sequence':
      return sequenceWithoutTail(node.items)
    case 'choice':
      return { kind: 'choice', options: node.options.map(withoutTail) }
    case 'capture':
    case 'atomic':
      return withoutTail(node.item)
    case 'repeat':
      if (node.min === 0) return EMPTY
      return node.min === 1 ? withoutTail(node.item) : { ...node, max: node.min }
    case 'set':
    case 'look':
    case 'backreference':
    case 'assertion':
      return node
  }
}

function sequenceWithoutTail(items: readonly PcreNode[]): PcreNode {
  const kept = [...items]
  while (kept.length > 0) {
    const last = withoutTail(kept.pop()!)
    if (last === EMPTY) continue
    kept.push(last)
    break
  }
  return kept.length === 0 ? EMPTY : { kind: 'sequence', items: kept }
}

/** True when a repetition counts further than a limit. */
export function countsBeyond(node: PcreNode, limit: number): boolean {
  if (node.kind === 'repeat') {
    const count = node.max === Number.POSITIVE_INFINITY ? node.min : node.max
    if (count > limit) return true
  }
  return childrenOf(node).some((child) => countsBeyond(child, limit))
}
