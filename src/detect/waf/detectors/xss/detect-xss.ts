import type { Detection } from '../detection.ts'
import { foldFullWidth } from '../full-width.ts'
import { readAfterQuote, readUnquoted } from './breakout.ts'
import type { XssFindingName } from './findings.ts'
import { Look } from './look.ts'
import { readMarkup } from './markup.ts'
import { readScriptBreakouts, readScriptUrls } from './script-text.ts'

export type XssFinding = Detection<XssFindingName>

const NUL = /\0/g

/** Without one of these bytes there is neither markup nor a URL nor a call. */
const TELLING = Uint8Array.from({ length: 256 }, (_, byte) => ('<>=:&(`{'.includes(String.fromCharCode(byte)) ? 1 : 0))

const look = new Look()

/**
 * The strongest sign of cross-site scripting in one decoded value (a byte string), or undefined. The value is read as text of a
 * page, as the inside of an attribute value with each kind of quote and with none, as a URL, and as the inside of a string of a
 * script. Takes time in proportion to the length.
 */
export function detectXss(value: string): XssFinding | undefined {
  // Old browsers skip NUL wherever it stands.
  const plain = foldFullWidth(value.includes('\0') ? value.replace(NUL, '') : value)
  if (!needsReading(plain)) return undefined
  const found = readValue(plain)
  if (plain === value) return found
  return found === undefined ? undefined : { ...found, offset: 0, length: value.length }
}

function readValue(value: string): XssFinding | undefined {
  look.reset(value)
  const markup = value.includes('<')
  if (markup) {
    readMarkup(look, 0, false)
    if (!look.certain) readMarkup(look, 0, true)
  }
  if (!look.certain && value.includes('=')) readAttributes(value, markup)
  if (!look.certain && (value.includes(':') || value.includes('&'))) readScriptUrls(look)
  if (!look.certain) readScriptBreakouts(look)
  return look.strongest.found
}

/** The value as the inside of an attribute. */
function readAttributes(value: string, markup: boolean): void {
  for (const quote of ['"', "'", '`']) {
    readAfterQuote(look, quote)
    const close = value.indexOf(quote)
    // After the end of that attribute and its tag, the quotes of what follows pair differently.
    if (markup && close >= 0 && !look.certain) readMarkup(look, close + 1, false)
  }
  readUnquoted(look)
}

function needsReading(value: string): boolean {
  for (let index = 0; index < value.length; index++) {
    if (TELLING[value.charCodeAt(index) & 0xff] === 1) return true
  }
  return false
}
