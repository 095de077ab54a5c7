/**
 * How sure a detector is. `certain`: the text is only meaningful as an attack. `likely`: legitimate only in texts about code.
 * `weak`: also seen in ordinary traffic, worth a look where little is expected.
 */
export type DetectionConfidence = 'certain' | 'likely' | 'weak'

/** What a detector found in one value: where, and by which of its recognisers. Offsets are bytes of the value. */
export interface Detection<Finding extends string = string> {
  readonly finding: Finding
  readonly confidence: DetectionConfidence
  readonly offset: number
  readonly length: number
}
