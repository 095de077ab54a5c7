import { copyBytes, outputBytes, outputText } from './byte-output.ts'

const SPACE = 0x20
const NO_BREAK_SPACE = 0xa0
/** In UTF-8 the no-break space is 0xc2 0xa0. */
const UTF8_LEAD = 0xc2

const REMOVED = /[\t-\r \xa0]/

/** Takes all white space out, also the no-break spaces of Latin-1 and UTF-8. */
export function removeWhitespace(text: string): string {
  const first = text.search(REMOVED)
  if (first < 0) return text
  const output = outputBytes(text.length)
  // What is kept may end with the lead byte of the first one.
  let length = copyBytes(text, 0, first, output, 0)
  for (let at = first; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === NO_BREAK_SPACE) {
      if (at > 0 && text.charCodeAt(at - 1) === UTF8_LEAD) length--
    } else if (!isBlank(code)) {
      output[length++] = code
    }
  }
  return outputText(output, length)
}

const BLANK = /[\t-\r ]/

/** Makes one space of each run of white space. */
export function compressWhitespace(text: string): string {
  const first = text.search(BLANK)
  if (first < 0) return text
  const output = outputBytes(text.length)
  let length = copyBytes(text, 0, first, output, 0)
  let changed = false
  let inRun = false
  for (let at = first; at < text.length; at++) {
    const code = text.charCodeAt(at)
    const blank = isBlank(code)
    if (!blank || !inRun) output[length++] = blank ? SPACE : code
    if (blank && (inRun || code !== SPACE)) changed = true
    inRun = blank
  }
  return changed ? outputText(output, length) : text
}

/** HT, LF, VT, FF, CR and space. */
const isBlank = (code: number): boolean => code === SPACE || (code >= 0x09 && code <= 0x0d)

/** Without white space at its beginning. */
export function trimLeft(text: string): string {
  let start = 0
  while (start < text.length && isBlank(text.charCodeAt(start))) start++
  return start === 0 ? text : text.slice(start)
}

/** Without white space at its end. */
export function trimRight(text: string): string {
  let end = text.length
  while (end > 0 && isBlank(text.charCodeAt(end - 1))) end--
  return end === text.length ? text : text.slice(0, end)
}

/** Without white space at both ends. */
export function trim(text: string): string {
  return trimLeft(trimRight(text))
}
