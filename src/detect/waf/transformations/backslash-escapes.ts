/** Control characters by the letter of their escape, as in C: `\n` is LF. -1 for every other byte. */
export const CONTROL_ESCAPES: Int8Array = controlEscapes()

function controlEscapes(): Int8Array {
  const table = new Int8Array(256).fill(-1)
  const letters = 'abtnvfr'
  // BEL to CR follow each other in ASCII in the order of these letters.
  for (let i = 0; i < letters.length; i++) table[letters.charCodeAt(i)] = 0x07 + i
  return table
}

/** How many octal digits, at most three, stand at `at`. */
export function octalDigitsAt(text: string, at: number): number {
  let count = 0
  while (count < 3 && isOctal(text.charCodeAt(at + count))) count++
  return count
}

/** The number that `count` octal digits at `at` make. */
export function octalValue(text: string, at: number, count: number): number {
  let value = 0
  for (let i = 0; i < count; i++) value = value * 8 + text.charCodeAt(at + i) - 0x30
  return value
}

/** False behind the end of the text, where the code is NaN. */
const isOctal = (code: number): boolean => code >= 0x30 && code <= 0x37
