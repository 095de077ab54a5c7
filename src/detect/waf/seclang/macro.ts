/** A reference such as `%{tx.score}` or `%{MATCHED_VAR}`. */
export interface MacroReference {
  /** Upper-case name of the variable or collection. */
  readonly name: string
  /** What stands behind the dot, in lower case; undefined without one. */
  readonly key: string | undefined
}

/** A text with references to variables: literal texts and references in order. */
export interface Macro {
  readonly parts: readonly (string | MacroReference)[]
  /** The whole text when it holds no reference. */
  readonly constant: string | undefined
}

const REFERENCE = /%\{([^{}]*)\}/g

/** Splits a text at its `%{...}` references. What is no well-formed reference stays as it stands. */
export function compileMacro(text: string): Macro {
  const parts: (string | MacroReference)[] = []
  let literalAt = 0
  for (const match of text.matchAll(REFERENCE)) {
    const reference = referenceOf(match[1])
    if (reference === undefined) continue
    if (match.index > literalAt) parts.push(text.slice(literalAt, match.index))
    parts.push(reference)
    literalAt = match.index + match[0].length
  }
  if (parts.length === 0) return { parts: text === '' ? [] : [text], constant: text }
  if (literalAt < text.length) parts.push(text.slice(literalAt))
  return { parts, constant: undefined }
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

function referenceOf(inside: string): MacroReference | undefined {
  const separator = inside.search(/[.:]/)
  const name = separator < 0 ? inside : inside.slice(0, separator)
  if (!NAME.test(name)) return undefined
  const key = separator < 0 ? undefined : inside.slice(separator + 1).toLowerCase()
  return { name: name.toUpperCase(), key }
}
