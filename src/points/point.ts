import type { Phase } from '#decide'
import type { PointName } from '#fields'

/** An enforcement point: which phases it runs and where its data worker starts. One folder, one line in `points/index.ts`. */
export interface EnforcementPoint {
  readonly name: PointName
  readonly help: string
  readonly phases: readonly Phase[]
  /** Module that a worker thread runs. */
  readonly worker: URL
}
