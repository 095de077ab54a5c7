/**
 * How much memory the bodies of all requests of a worker may take together while the WAF collects them. Each body has a
 * limit of its own, but thousands of clients could send as many of them at once.
 */
export class BodyMemory {
  readonly #limitBytes: number
  #heldBytes = 0

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  get heldBytes(): number {
    return this.#heldBytes
  }

  /** Takes so many bytes more; false when there is no room for them. */
  reserve(sizeBytes: number): boolean {
    if (this.#heldBytes + sizeBytes > this.#limitBytes) return false
    this.#heldBytes += sizeBytes
    return true
  }

  release(sizeBytes: number): void {
    this.#heldBytes -= sizeBytes
  }
}
