import type { SqlDialect, SqlType } from './dialect.ts'

/** Collects what the user wrote, so that it reaches the database bound and never as SQL. Equal values share a parameter. */
export class SqlParameters {
  readonly texts: string[] = []
  readonly #dialect: SqlDialect
  readonly #positions = new Map<string, number>()

  constructor(dialect: SqlDialect) {
    this.#dialect = dialect
  }

  /** SQL that reads `text` as a value of `type`: decimal for integers and addresses (128 bit, IPv4 mapped). */
  add(text: string, type: SqlType): string {
    let position = this.#positions.get(text)
    if (position === undefined) {
      position = this.texts.push(text)
      this.#positions.set(text, position)
    }
    return this.#dialect.parameter(position, type)
  }
}
