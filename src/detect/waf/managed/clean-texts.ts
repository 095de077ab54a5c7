/**
 * Remembers texts in which no gate opened. Header values repeat from request to request, and clients choose them: so the bytes
 * are bounded, and the older half is forgotten at once.
 */
export class CleanTexts {
  #young = new Set<string>()
  #old = new Set<string>()
  #youngBytes = 0

  has(text: string): boolean {
    if (this.#young.has(text)) return true
    if (!this.#old.has(text)) return false
    this.add(text)
    return true
  }

  add(text: string): void {
    if (text.length > TEXT_BYTES) return
    this.#young.add(text)
    this.#youngBytes += text.length + ENTRY_BYTES
    if (this.#youngBytes < GENERATION_BYTES) return
    this.#old = this.#young
    this.#young = new Set()
    this.#youngBytes = 0
  }
}

const TEXT_BYTES = 256
/** What an entry costs beside its text. */
const ENTRY_BYTES = 64
const GENERATION_BYTES = 256 * 1024
