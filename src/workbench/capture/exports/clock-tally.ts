import type { ClockOffsets } from '../../findings/export-facts.ts'
import { FrameTally } from '../analysis/capture-watch.ts'

/** Heads say whole seconds. */
const STEP_MS = 1000
/** A clock that is set moves further than datagrams can be late. */
const JUMP_LEAST_MS = 10_000

/** Compares the clock of an exporter with that of the capture. */
export class ClockTally {
  #leastMs = 0
  #leastFrame = 0
  #lowestMs = 0
  #highestMs = 0
  #lastMs = 0
  readonly #jumps = new FrameTally()

  /** `exportMs` is when the exporter says that it sent the datagram of `frame`, `nowMs` when it was captured. */
  add(exportMs: number, nowMs: number, frame: number): void {
    // Anything within the second that the head says is right.
    const offsetMs = exportMs > nowMs ? exportMs - nowMs : Math.min(exportMs + STEP_MS - nowMs, 0)
    if (this.#leastFrame === 0) {
      this.#leastMs = this.#lowestMs = this.#highestMs = offsetMs
      this.#leastFrame = frame
    } else {
      if (Math.abs(offsetMs - this.#lastMs) >= JUMP_LEAST_MS) this.#jumps.add(frame)
      if (Math.abs(offsetMs) < Math.abs(this.#leastMs)) {
        this.#leastMs = offsetMs
        this.#leastFrame = frame
      }
      this.#lowestMs = Math.min(this.#lowestMs, offsetMs)
      this.#highestMs = Math.max(this.#highestMs, offsetMs)
    }
    this.#lastMs = offsetMs
  }

  /** Undefined when no datagram said a time. */
  offsets(): ClockOffsets | undefined {
    if (this.#leastFrame === 0) return undefined
    return {
      leastMs: this.#leastMs,
      leastFrame: this.#leastFrame,
      lowestMs: this.#lowestMs,
      highestMs: this.#highestMs,
      jumps: this.#jumps,
    }
  }
}
