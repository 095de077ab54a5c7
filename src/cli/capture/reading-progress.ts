import type { CaptureNote } from '#wire'
import type { ReadingProgress } from '#workbench'
import { printable } from '../output/printable.ts'
import { Progress } from '../output/progress.ts'

const MEBIBYTE = 1_048_576
const TOLD_NOTES = 20

/** Shows on standard error how far a capture was read. */
export class CaptureProgress {
  readonly #progress = new Progress()
  readonly #verb: string

  /** `verb` says what is done, for example "reading". */
  constructor(verb: string) {
    this.#verb = verb
  }

  show({ readBytes, sizeBytes }: ReadingProgress, packets: number): void {
    const share =
      sizeBytes === undefined || sizeBytes === 0
        ? ''
        : ` ${Math.floor((100 * readBytes) / Math.max(sizeBytes, readBytes))} %,`
    this.#progress.show(`${this.#verb}:${share} ${(readBytes / MEBIBYTE).toFixed(0)} MiB, ${packets} packets`)
  }

  end(): void {
    this.#progress.end()
  }
}

/** Tells on standard error what is wrong with a capture file. */
export function tellDamage(path: string, notes: readonly CaptureNote[]): void {
  for (const { offsetBytes, detail } of notes.slice(0, TOLD_NOTES)) {
    process.stderr.write(`${printable(path)}: byte ${offsetBytes}: ${printable(detail)}\n`)
  }
  if (notes.length > TOLD_NOTES) process.stderr.write(`${printable(path)}: ${notes.length - TOLD_NOTES} more faults\n`)
}
