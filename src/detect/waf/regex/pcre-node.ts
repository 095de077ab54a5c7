import type { ByteSet } from '#rules'

/** How a repetition tries its counts: longest first, shortest first, or longest only. */
export type RepeatMode = 'greedy' | 'lazy' | 'possessive'

export type PcreAssertion = 'start' | 'end' | 'line-start' | 'line-end' | 'word' | 'not-word'

/** A PCRE pattern over bytes: flags are resolved into the sets and assertions, names into numbers. */
export type PcreNode =
  | { readonly kind: 'set'; readonly set: ByteSet }
  | { readonly kind: 'sequence'; readonly items: readonly PcreNode[] }
  | { readonly kind: 'choice'; readonly options: readonly PcreNode[] }
  | { readonly kind: 'capture'; readonly group: number; readonly item: PcreNode }
  | {
      readonly kind: 'repeat'
      readonly item: PcreNode
      readonly min: number
      readonly max: number
      readonly mode: RepeatMode
    }
  | { readonly kind: 'atomic'; readonly item: PcreNode }
  | { readonly kind: 'look'; readonly behind: boolean; readonly negated: boolean; readonly item: PcreNode }
  | { readonly kind: 'backreference'; readonly group: number; readonly caseless: boolean }
  | { readonly kind: 'assertion'; readonly assertion: PcreAssertion }

/** The node that matches the empty text everywhere. */
export const EMPTY: PcreNode = { kind: 'sequence', items: [] }

/** Nodes directly below one. */
export function childrenOf(node: PcreNode): readonly PcreNode[] {
  switch (node.kind) {
    case 'sequence':
      return node.items
    case 'choice':
      return node.options
    case 'capture':
    case 'repeat':
    case 'atomic':
    case 'look':
      return [node.item]
    case 'set':
    case 'backreference':
    case 'assertion':
      return []
  }
}
