/** The texts of one statement that are bound to `$1`, `$2` and so on. */
export class SqlParameters {
  readonly texts: string[] = []

  /** Adds a text; returns how the statement names it. */
  add(text: string): string {
    this.texts.push(text)
    return `$${this.texts.length}`
  }

  /** Adds the texts of a part of the statement that counts them from 1; returns the part as it has to be written. */
  addPart(part: { readonly text: string; readonly parameters: readonly string[] }): string {
    const before = this.texts.length
    this.texts.push(...part.parameters)
    return part.text.replace(/\$(\d+)/g, (_, number: string) => `$${Number(number) + before}`)
  }
}
