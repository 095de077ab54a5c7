const HEXADECIMAL = /\|((?:[0-9A-Fa-f]{2} ?)+)\|/g

/** The words of a `@pm` argument. Bytes may be written as in Snort's rules: `|0d 0a|`. */
export function parsePhrases(argument: string): readonly string[] {
  // Written bytes may be blanks: they are taken out of the way before the words are split.
  const written: string[] = []
  const text = argument.replace(HEXADECIMAL, (_, digits: string) => {
    written.push(Buffer.from(digits.replaceAll(' ', ''), 'hex').toString('latin1'))
    return PLACEHOLDER
  })
  let next = 0
  return text
    .split(/[\t-\r ]+/)
    .filter((word) => word !== '')
    .map((word) => word.replaceAll(PLACEHOLDER, () => written[next++]))
}

/** A character that no byte string holds. */
const PLACEHOLDER = '\ue000'

/**
 * The phrases of a data file: one a line with all its blanks, for ` SQL Server` means a word of its own. Blank lines and
 * lines that begin with `#` are passed over.
 */
export function phraseLines(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line))
    .filter((line) => !/^[\t-\r ]*(?:#|$)/.test(line))
}
