import type { Certificates } from './certificates.ts'
import type { Dice } from './dice.ts'
import type { CapturePoint, FaultNetwork } from './fault-network.ts'
import type { WireSettings } from './wire-settings.ts'

/** What a scenario has at hand. */
export interface Lab {
  readonly network: FaultNetwork
  readonly certificates: Certificates
  /** A folder of its own. */
  readonly folder: string
  readonly dice: Dice
  readonly point: CapturePoint
}

/** A capture to make, with one fault in it or none. */
export interface Scenario {
  readonly name: string
  /** Kinds of findings of which one is right; none for a clean capture. By place of capture where it matters. */
  readonly expects: readonly string[] | Readonly<Record<CapturePoint, readonly string[]>>
  /** Where the fault can be seen; everywhere when absent. */
  readonly points?: readonly CapturePoint[]
  readonly wire?: (dice: Dice) => WireSettings
  /** More options for tcpdump. */
  readonly captureOptions?: readonly string[]
  /** Before packets are captured. */
  prepare?(lab: Lab): Promise<void>
  make(lab: Lab): Promise<void>
  /** Changes the captured file. */
  rewrite?(file: Buffer, lab: Lab): Buffer
}
