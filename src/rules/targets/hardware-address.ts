import type { NumberRange } from './number-ranges.ts'

const WHOLE = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/
const TEMPLATE = 'xx:xx:xx:xx:xx:xx'
const DIGITS = 12

/** The one address that the text of a whole Ethernet address, in lower case with colons, says; undefined for other text. */
export function hardwareValue(text: string): NumberRange | undefined {
  return WHOLE.test(text) ? hardwarePrefix(text) : undefined
}

/** The addresses whose text begins with this one; undefined when none does. */
export function hardwarePrefix(text: string): NumberRange | undefined {
  if (text.replaceAll(/[0-9a-f]/g, 'x') !== TEMPLATE.slice(0, text.length)) return undefined
  const digits = text.replaceAll(':', '')
  const size = 16 ** (DIGITS - digits.length)
  const first = Number(`0x0${digits}`) * size
  return { first, last: first + size - 1 }
}
