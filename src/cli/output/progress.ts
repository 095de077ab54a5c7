/** What is going on, on one line of standard error that is written over; silent when nobody looks. */
export class Progress {
  #shown = ''

  show(step: string): void {
    if (!process.stderr.isTTY || step === this.#shown) return
    this.#shown = step
    process.stderr.write(`\r\x1b[K${step}`)
  }

  end(): void {
    if (this.#shown !== '') process.stderr.write('\r\x1b[K')
    this.#shown = ''
  }
}
