import type { Detection, DetectionConfidence } from './detection.ts'

const RANK: Readonly<Record<DetectionConfidence, number>> = { certain: 3, likely: 2, weak: 1 }

/** Keeps the surest of the findings of one look at a value; of equal ones the first. */
export class Strongest<Finding extends string> {
  found: Detection<Finding> | undefined
  #rank = 0

  reset(): void {
    this.found = undefined
    this.#rank = 0
  }

  /** True when nothing better can be found. */
  get certain(): boolean {
    return this.#rank === RANK.certain
  }

  /** `preferred` puts a weak finding before other weak ones. */
  note(finding: Finding, confidence: DetectionConfidence, offset: number, length: number, preferred = false): void {
    const rank = RANK[confidence] + (preferred && confidence === 'weak' ? 0.5 : 0)
    if (rank <= this.#rank) return
    this.#rank = rank
    this.found = { finding, confidence, offset, length }
  }
}
