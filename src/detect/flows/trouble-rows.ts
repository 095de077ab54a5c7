import { SIDE } from './flow-layout.ts'
import { RowPool } from './row-pool.ts'
import { EVIDENCE_FRAMES, flagWord, LOSS_KINDS, type LossKind, lossWord, TROUBLE_WORDS } from './trouble-layout.ts'

const LOSS_WORD = Object.fromEntries(LOSS_KINDS.map((kind, index) => [kind, lossWord(index)])) as Readonly<
  Record<LossKind, number>
>

/** Counts and frames of what goes wrong, for directions that have any of it. */
export class TroubleRows extends RowPool {
  /** At most `limit` rows: directions beyond have what their own row says only. */
  constructor(limit: number) {
    super(TROUBLE_WORDS, limit)
  }

  /** The row of the direction whose numbers stand at `side` of `flows`, made when there is none; -1 without room. */
  of(flows: RowPool, side: number): number {
    const known = flows.words[side + SIDE.trouble]
    if (known !== 0) return known - 1
    const at = this.take()
    if (at >= 0) flows.words[side + SIDE.trouble] = at + 1
    return at
  }

  /** Counts the flags of one segment. */
  addFlags(at: number, flags: number, frame: number): void {
    for (let rest = flags; rest !== 0; rest &= rest - 1) {
      const word = at + flagWord(31 - Math.clz32(rest & -rest))
      this.#add(word, frame)
      this.words[word + EVIDENCE_FRAMES + 1] = frame
    }
  }

  addLoss(at: number, kind: LossKind, frame: number): void {
    this.#add(at + LOSS_WORD[kind], frame)
  }

  #add(word: number, frame: number): void {
    const { words } = this
    const count = ++words[word]
    if (count <= EVIDENCE_FRAMES) words[word + count] = frame
  }

  lossCount(at: number, kind: LossKind): number {
    return this.words[at + LOSS_WORD[kind]]
  }

  lossFrames(at: number, kind: LossKind): number[] {
    return this.#frames(at + LOSS_WORD[kind])
  }

  flagCount(at: number, flagIndex: number): number {
    return this.words[at + flagWord(flagIndex)]
  }

  flagFrames(at: number, flagIndex: number): number[] {
    const word = at + flagWord(flagIndex)
    const frames = this.#frames(word)
    if (this.words[word] > EVIDENCE_FRAMES) frames.push(this.words[word + EVIDENCE_FRAMES + 1])
    return frames
  }

  #frames(word: number): number[] {
    const count = Math.min(this.words[word], EVIDENCE_FRAMES)
    return Array.from(this.words.subarray(word + 1, word + 1 + count))
  }
}
