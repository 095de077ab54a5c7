import type { BpfMap, MapSpec } from '#net'

/** A map that a program names, and what has to stand in it before packets meet the program. */
export interface PlannedMap {
  readonly spec: MapSpec
  /**
   * A later program that plans a map under the same words gets this one, contents and all: a limit goes on counting, and a
   * large list is not filled again. Without it each program has its own.
   */
  readonly keptAs?: string
  /** Where rules outlive this process, so does this map: the next process goes on with it. */
  readonly outlivesUs?: true
  /** @throws TidegateError ERR_BPF_FAILED */
  readonly fill?: (map: BpfMap) => void
}
