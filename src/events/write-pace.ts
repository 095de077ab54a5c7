/** Rows in a window up to which a worker is calm: it can write each at once. */
const CALM_ROWS = 40
const WINDOW_MS = 20
/** Pause between two writes of a busy worker. */
const GROUP_MS = 2

/** Decides when rows are written: each at once while there are few, and together while there are many. */
export class WritePace {
  #windowStartMs = 0
  #windowRows = 0
  /** The window before this one had many: a worker that stays busy writes none by itself. */
  #wasBusy = false

  /** Counts a row. True while so few arrive (2,000 a second) that each may be written by itself. */
  calm(nowMs: number): boolean {
    const elapsedMs = nowMs - this.#windowStartMs
    if (elapsedMs > WINDOW_MS) {
      this.#wasBusy = this.#windowRows > CALM_ROWS && elapsedMs <= 2 * WINDOW_MS
      this.#windowStartMs = nowMs
      this.#windowRows = 0
    }
    return ++this.#windowRows <= CALM_ROWS && !this.#wasBusy
  }

  /** How long a busy worker waits before it writes what has come together. */
  get pauseMs(): number {
    return this.#wasBusy || this.#windowRows > CALM_ROWS ? GROUP_MS : 0
  }
}
