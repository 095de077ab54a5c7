/** Bytes of JSON between two quotes; which of them are strings nobody knows in the middle of a document, so all are visited. */
const BETWEEN_QUOTES = /(?:[^"\\]|\\[^])+/g
const ESCAPED_MARK = /\\([/"])/g
const SHORTEST_PIECE = 3
const LONGEST_NAME = 256

/**
 * Takes a window of a body apart into what are probably its values, so that rules which look at the beginning of a value still
 * work on what streams by unparsed. Forms are cut at `&`, JSON at its quotes; everything else stays whole.
 */
export function windowValues(
  source: 'form' | 'json' | 'body',
  text: string,
  visit: (name: string, value: string) => void,
): void {
  if (source === 'form') return formValues(text.replaceAll('+', ' '), visit)
  if (source === 'body') return visit('', text)
  for (const [piece] of text.matchAll(BETWEEN_QUOTES)) {
    if (piece.length >= SHORTEST_PIECE) visit('', piece.replace(ESCAPED_MARK, '$1'))
  }
}

function formValues(text: string, visit: (name: string, value: string) => void): void {
  let start = 0
  while (start < text.length) {
    const ampersand = text.indexOf('&', start)
    const end = ampersand < 0 ? text.length : ampersand
    const equals = text.indexOf('=', start)
    const hasName = equals >= 0 && equals < end && equals - start <= LONGEST_NAME
    visit(hasName ? text.slice(start, equals) : '', text.slice(hasName ? equals + 1 : start, end))
    start = end + 1
  }
}

const PART_HEAD_END = /\r?\n\r?\n/

/** Texts of the fields in a window of a multipart body, from the heads of parts that show in it; files are left out. */
export function fieldTexts(text: string): readonly string[] {
  const texts: string[] = []
  for (const part of text.split(/\r?\n--/)) {
    const end = PART_HEAD_END.exec(part)
    if (end === null) continue
    const head = part.slice(0, end.index)
    if (/content-disposition/i.test(head) && !/filename/i.test(head)) texts.push(part.slice(end.index + end[0].length))
  }
  return texts
}
