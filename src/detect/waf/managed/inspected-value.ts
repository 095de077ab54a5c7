import type { Detection } from '../detectors/detection.ts'
import type { ParameterSource } from '../parts/parameters.ts'
import { VALUE_DETECTORS } from './detector-table.ts'
import { valueMask } from './value-mask.ts'

/**
 * The value that rules look at now, with what the detectors say of it, each asked at most once. One object serves all values
 * of a request, one after the other.
 */
export class InspectedValue {
  source: ParameterSource = 'query'
  name = ''
  text = ''
  /** Bits of `VALUE_MASK` in `text`. */
  mask = 0
  #continues = false
  readonly #detections: (Detection | undefined)[] = VALUE_DETECTORS.map(() => undefined)
  /** Bit i: detector i was asked about this text. */
  #asked = 0

  /** Goes on to another value. `continues` says that `text` is a later part of a longer one. */
  moveTo(source: ParameterSource, name: string, text: string, continues: boolean): void {
    this.source = source
    this.name = name
    this.text = text
    this.mask = valueMask(text)
    this.#continues = continues
    this.#asked = 0
  }

  /** What the detector of that index in `VALUE_DETECTORS` found. */
  detection(index: number): Detection | undefined {
    const bit = 1 << index
    if ((this.#asked & bit) !== 0) return this.#detections[index]
    this.#asked |= bit
    const detector = VALUE_DETECTORS[index]
    const isAsked =
      (this.mask & detector.needs) !== 0 && !(this.#continues && detector.anchored) && !detector.except.has(this.source)
    return (this.#detections[index] = isAsked ? detector.detect(this.text) : undefined)
  }
}
