const DIGIT_0 = 0x30
const DIGIT_9 = 0x39
const MINUS = 0x2d
const PLUS = 0x2b

/** The number that a text begins with, as SecLang compares it: blanks and a sign may precede it; 0 where there is none. */
export function wholeNumber(text: string): number {
  let at = 0
  while (isBlank(text.charCodeAt(at))) at++
  const sign = text.charCodeAt(at)
  if (sign === MINUS || sign === PLUS) at++
  let value = 0
  for (let code = text.charCodeAt(at); code >= DIGIT_0 && code <= DIGIT_9; code = text.charCodeAt(++at)) {
    value = value * 10 + code - DIGIT_0
  }
  // Not -0: it would be shown as such.
  return sign === MINUS && value !== 0 ? -value : value
}

const isBlank = (code: number): boolean => code === 0x20 || (code >= 0x09 && code <= 0x0d)
