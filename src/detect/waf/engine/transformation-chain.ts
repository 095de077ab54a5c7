import { TidegateError } from '#kernel'
import { type ByteMaskBits, TRANSFORMATIONS, type Transformation } from '../transformations/index.ts'

/** A list of transformations as a node of a tree: rules whose lists begin alike share the work of the beginning. */
export interface TransformationChain {
  readonly id: number
  readonly parent: TransformationChain | undefined
  /** The last of the list; undefined for the empty list. */
  readonly last: Transformation | undefined
  /** Bytes of which a text must hold one for the chain to change it. */
  readonly touches: ByteMaskBits
  /** What is left of the chain for a text with bytes of some classes, when its first steps change nothing in it. */
  readonly effective: (mask: ByteMaskBits) => TransformationChain
}

/** Transforms what the parent chain gave. */
export function applyLast(chain: TransformationChain, text: string): string {
  return chain.last === undefined ? text : chain.last.apply(text)
}

/** Effective chains that are kept for one chain: which classes of bytes there are is what clients choose. */
const KEPT_EFFECTIVE = 64

/** Makes one chain object for each different list. */
export class TransformationChains {
  readonly #children = new Map<TransformationChain, Map<string, TransformationChain>>()
  #count = 0
  readonly empty: TransformationChain

  constructor() {
    this.empty = this.#make(undefined, undefined)
  }

  /** The chain of a list of SecLang names. */
  of(names: readonly string[]): TransformationChain {
    return names.reduce((chain, name) => (name === 'none' ? this.empty : this.#next(chain, byName(name))), this.empty)
  }

  #next(parent: TransformationChain, transformation: Transformation): TransformationChain {
    let children = this.#children.get(parent)
    if (children === undefined) this.#children.set(parent, (children = new Map()))
    let chain = children.get(transformation.name)
    if (chain === undefined) children.set(transformation.name, (chain = this.#make(parent, transformation)))
    return chain
  }

  #make(parent: TransformationChain | undefined, last: Transformation | undefined): TransformationChain {
    const known = new Map<ByteMaskBits, TransformationChain>()
    const touches = (parent?.touches ?? 0) | (last?.touches ?? 0)
    const chain: TransformationChain = {
      id: this.#count++,
      parent,
      last,
      touches,
      effective: (mask) => {
        const key = mask & touches
        let effective = known.get(key)
        if (effective === undefined) {
          effective = this.#effective(chain, key)
          if (known.size >= KEPT_EFFECTIVE) known.clear()
          known.set(key, effective)
        }
        return effective
      },
    }
    return chain
  }

  #effective(chain: TransformationChain, mask: ByteMaskBits): TransformationChain {
    const steps = stepsOf(chain)
    const first = steps.findIndex(({ touches }) => (touches & mask) !== 0)
    if (first <= 0) return first < 0 ? this.empty : chain
    return steps.slice(first).reduce((parent, step) => this.#next(parent, step), this.empty)
  }
}

function byName(name: string): Transformation {
  const transformation = TRANSFORMATIONS[name.toLowerCase()]
  if (transformation !== undefined) return transformation
  throw new TidegateError('ERR_INVARIANT', `the transformation ${name} does not exist`, { source: 'internal' })
}

/** The chain and its beginnings, from the empty list on: what `multiMatch` tests. */
export function beginnings(chain: TransformationChain): TransformationChain[] {
  return chain.parent === undefined ? [chain] : [...beginnings(chain.parent), chain]
}

/** The list of a chain. */
export function stepsOf(chain: TransformationChain): Transformation[] {
  return beginnings(chain).flatMap(({ last }) => last ?? [])
}

/** The transformations that change a text on its way through a chain, by their SecLang names. */
export function changingSteps(chain: TransformationChain, text: string): string[] {
  const trail: string[] = []
  let current = text
  for (const step of beginnings(chain)) {
    const next = applyLast(step, current)
    if (next !== current && step.last !== undefined) trail.push(step.last.name)
    current = next
  }
  return trail
}
