const HAS_UPPER = /[A-Z]/
const HAS_LOWER = /[a-z]/
const UPPER_LETTERS = /[A-Z]+/g
const LOWER_LETTERS = /[a-z]+/g
const ASCII_ONLY = /^[\x00-\x7f]*$/

/** `text` with the ASCII letters in lower case and every other byte as it is. */
export function lowerAscii(text: string): string {
  if (!HAS_UPPER.test(text)) return text
  // toLowerCase would also change bytes such as 0xC4.
  return ASCII_ONLY.test(text) ? text.toLowerCase() : text.replace(UPPER_LETTERS, (letters) => letters.toLowerCase())
}

/** `text` with the ASCII letters in upper case and every other byte as it is. */
export function upperAscii(text: string): string {
  if (!HAS_LOWER.test(text)) return text
  return ASCII_ONLY.test(text) ? text.toUpperCase() : text.replace(LOWER_LETTERS, (letters) => letters.toUpperCase())
}

/** The part of `text` from `from` to `to` without the spaces and tabs at its ends. */
export function trimBlanks(text: string, from: number = 0, to: number = text.length): string {
  let start = from
  let end = to
  while (start < end && isBlank(text.charCodeAt(start))) start++
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09
}
