/** What people of one language type into forms. Unicode text; it is turned into UTF-8 bytes when it becomes a request. */
export interface LanguageTexts {
  /** Value of Accept-Language. */
  readonly tag: string
  readonly names: readonly string[]
  readonly streets: readonly string[]
  readonly cities: readonly string[]
  readonly searches: readonly string[]
  readonly sentences: readonly string[]
}
