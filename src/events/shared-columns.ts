import type { RowValues } from './row-values.ts'

/**
 * Columns whose values hang on one object that many events share, such as a connection or a block of fields.
 * `keyOf` gives that object; undefined when this event does not share it with others.
 */
export interface SharedColumns<Context> {
  readonly fields: ReadonlySet<string>
  keyOf(context: Context): object | undefined
}

interface Kept {
  readonly text: string
  readonly omissions: string
}

/** Longer texts are written anew each time, so that a shared object does not hold much memory. */
const KEPT_LENGTH = 4096

/** Writes a run of shared columns once for each object they hang on, and keeps the text as long as that object lives. */
export class SharedRun<Context> {
  readonly #columns: SharedColumns<Context>
  readonly #values: RowValues
  readonly #write: (context: Context) => string
  readonly #kept = new WeakMap<object, Kept>()

  constructor(columns: SharedColumns<Context>, values: RowValues, write: (context: Context) => string) {
    this.#columns = columns
    this.#values = values
    this.#write = write
  }

  text(context: Context): string {
    const key = this.#values.usual ? this.#columns.keyOf(context) : undefined
    if (key === undefined) return this.#write(context)
    const kept = this.#kept.get(key)
    if (kept !== undefined) {
      if (kept.omissions !== '') this.#values.addOmissions(kept.omissions)
      return kept.text
    }
    const before = this.#values.takeOmissions()
    const text = this.#write(context)
    const omissions = this.#values.takeOmissions()
    this.#values.addOmissions(before)
    this.#values.addOmissions(omissions)
    if (text.length <= KEPT_LENGTH) this.#kept.set(key, { text: flattened(text), omissions })
    return text
  }
}

/** The same text in one piece: a chain of concatenations would be walked again in each row that holds it. */
function flattened(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1')
}
