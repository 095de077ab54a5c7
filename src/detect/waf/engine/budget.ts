/** How often the clock is read: once in so many questions. */
const QUESTIONS_PER_READING = 8

/**
 * The CPU time that one request may take. The wall clock is cheap to read and never shows less than the CPU clock, so that the
 * latter is asked only once the first says that the time is up: on a busy machine a request then still gets what is its own.
 */
export class Budget {
  #limitMs: number
  #spentMs = 0
  #startedMs = 0
  #cpuStartedMs = -1
  #questions = 0
  #exceeded = false
  #incomplete = false

  constructor(limitMs: number) {
    this.#limitMs = limitMs
  }

  get spentMs(): number {
    return this.#spentMs
  }

  /** True when something was left undone for want of time. */
  get exceeded(): boolean {
    return this.#exceeded || this.#incomplete
  }

  /** More to do than was known at first: a body that streams on. */
  extend(byMs: number): void {
    this.#limitMs += byMs
  }

  /** A pattern gave up within its own bound: what it would have said is not known. */
  noteIncomplete(): void {
    this.#incomplete = true
  }

  /** A step begins. */
  start(): void {
    this.#startedMs = performance.now()
    this.#cpuStartedMs = -1
  }

  /** A step has ended. */
  stop(): void {
    this.#spentMs += this.#elapsedMs()
  }

  /** Asked between two pieces of work: true when nothing more may be done. */
  isSpent(): boolean {
    if (this.#exceeded) return true
    if (++this.#questions < QUESTIONS_PER_READING) return false
    this.#questions = 0
    return this.check()
  }

  /** The same, always with a look at the clock: after a long piece of work. */
  check(): boolean {
    if (this.#exceeded) return true
    const wallMs = this.#spentMs + performance.now() - this.#startedMs
    if (wallMs < this.#limitMs / 2) return false
    // From here on what counts is the CPU time: up to here it was at most the wall time.
    if (this.#cpuStartedMs < 0) {
      this.#cpuStartedMs = cpuMs()
      this.#spentMs = wallMs
      this.#startedMs = performance.now()
      return false
    }
    if (wallMs < this.#limitMs) return false
    this.#exceeded = this.#spentMs + this.#elapsedMs() >= this.#limitMs
    return this.#exceeded
  }

  #elapsedMs(): number {
    return this.#cpuStartedMs < 0 ? performance.now() - this.#startedMs : cpuMs() - this.#cpuStartedMs
  }
}

/** CPU time of this thread in milliseconds. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}
