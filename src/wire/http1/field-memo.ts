import { createFieldDraft, type FieldDraft, parseFieldLines, type ParseProblem } from './fields.ts'

/** Larger blocks are not kept, so that an idle connection holds little. */
const KEPT_LENGTH = 4096

/**
 * The field lines of the last message of one connection. Clients and origins repeat them from message to message, and the
 * same bytes have the same meaning: a repeated block gives the very same draft, so that what was derived from its fields
 * can be kept with them.
 */
export class FieldMemo {
  #lines = ''
  #draft: FieldDraft | undefined = undefined

  /** Reads the field lines of `text` from `start` on, as `parseFieldLines` does. The draft must not be changed. */
  read(text: string, start: number, limit: number): FieldDraft | Exclude<ParseProblem, undefined> {
    if (this.#draft !== undefined && text.length - start === this.#lines.length && text.endsWith(this.#lines)) {
      return this.#draft
    }
    const draft = createFieldDraft()
    const problem = parseFieldLines(text, start, draft, limit)
    if (problem !== undefined) return problem
    const keep = text.length - start <= KEPT_LENGTH
    this.#draft = keep ? draft : undefined
    this.#lines = keep ? text.slice(start) : ''
    return draft
  }
}
