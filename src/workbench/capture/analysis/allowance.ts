/** Room that many collections share: each alone may be large, all of them together may not. */
export class Allowance {
  #left: number

  /** So many entries in all. */
  constructor(entries: number) {
    this.#left = entries
  }

  /** Takes one; false when none is left. */
  take(): boolean {
    if (this.#left <= 0) return false
    this.#left--
    return true
  }

  /** Gives entries back. */
  give(entries: number): void {
    this.#left += entries
  }
}
