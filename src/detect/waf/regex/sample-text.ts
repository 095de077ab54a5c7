import type { ByteSet } from '#rules'
import type { PcreNode } from './pcre-node.ts'
import type { Random } from './random.ts'

/** Bytes that one sample has before its repetitions stop at their lowest count. */
const SAMPLE_BYTES = 120
const PRINTABLE_FIRST = 0x20
const PRINTABLE_LAST = 0x7e

/**
 * A text that is likely to match a pattern: a random way through it. What assertions and lookaround ask of the bytes beside them is not
 * looked at.
 */
export function sampleText(tree: PcreNode, random: Random): string {
  return new Sampler(random).text(tree)
}

class Sampler {
  readonly #random: Random
  readonly #groups = new Map<number, string>()
  #bytes = 0

  constructor(random: Random) {
    this.#random = random
  }

  text(node: PcreNode): string {
    switch (node.kind) {
      case 'set':
        this.#bytes++
        return String.fromCharCode(pickByte(node.set, this.#random))
      case 'sequence':
        return node.items.map((item) => this.text(item)).join('')
      case 'choice':
        return this.text(this.#random.pick(node.options))
      case 'capture': {
        const text = this.text(node.item)
        this.#groups.set(node.group, text)
        return text
      }
      case 'atomic':
        return this.text(node.item)
      case 'repeat':
        return Array.from({ length: this.#rounds(node) }, () => this.text(node.item)).join('')
      case 'backreference':
        return this.#groups.get(node.group) ?? ''
      case 'look':
      case 'assertion':
        return ''
    }
  }

  #rounds({ min, max }: PcreNode & { kind: 'repeat' }): number {
    if (this.#bytes > SAMPLE_BYTES) return min
    return Math.min(max, min + this.#random.pick([0, 0, 1, 1, 2, 5]))
  }
}

interface SetBytes {
  readonly all: readonly number[]
  readonly printable: readonly number[]
}

const setBytes = new WeakMap<ByteSet, SetBytes>()

/** A byte of a set, printable three times out of four when it has such. */
function pickByte(set: ByteSet, random: Random): number {
  let bytes = setBytes.get(set)
  if (bytes === undefined) setBytes.set(set, (bytes = bytesOf(set)))
  if (bytes.all.length === 0) return 0
  return random.pick(bytes.printable.length > 0 && random.below(4) > 0 ? bytes.printable : bytes.all)
}

function bytesOf(set: ByteSet): SetBytes {
  const all = [...set.keys()].filter((byte) => set[byte] === 1)
  return { all, printable: all.filter((byte) => byte >= PRINTABLE_FIRST && byte <= PRINTABLE_LAST) }
}
