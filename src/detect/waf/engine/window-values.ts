import type { BodyProcessor } from '../body-contents.ts'
import { createStringNotes, decodeJsonString } from '../body/json-string.ts'
import { parseUrlencoded } from '../body/urlencoded.ts'
import { SecValue } from './sec-value.ts'
import { ARGS, ARGS_POST, REQUEST_BODY, RESPONSE_BODY, XML } from './variable-table.ts'

/** Pairs of one window; a window of separators alone would hold tens of thousands. */
const WINDOW_PAIRS = 8192

/**
 * Values in a window of a body that is too large to be held: there is no parser for a piece from the middle, so each kind of
 * body is taken apart by what shows in any piece of it. Names that a parser would give are not known.
 */
export function windowValues(processor: BodyProcessor, text: string): SecValue[] {
  switch (processor) {
    case 'URLENCODED':
      return formValues(text)
    case 'JSON':
      return quotedValues(text).map((value) => argument('json', value))
    case 'XML':
      return markupValues(text)
    case 'MULTIPART':
    case '':
      return [new SecValue(REQUEST_BODY, REQUEST_BODY, '', text)]
  }
}

/** The window of an answer's body. */
export function responseWindowValues(text: string): SecValue[] {
  return [new SecValue(RESPONSE_BODY, RESPONSE_BODY, '', text)]
}

function argument(name: string, text: string): SecValue {
  return new SecValue(ARGS, ARGS_POST, name, text)
}

function formValues(text: string): SecValue[] {
  const { pairs } = parseUrlencoded(text, WINDOW_PAIRS)
  const values: SecValue[] = []
  for (let at = 0; at < pairs.length; at += 2) {
    // What stands at the cut is a name or the rest of a value: it is looked at as a value.
    if (pairs[at + 1] === '') values.push(argument('', pairs[at]))
    else values.push(argument(pairs[at], pairs[at + 1]))
  }
  return values
}

const QUOTE = 0x22
const BACKSLASH = 0x5c

/**
 * The texts between quotes. Whether the window begins inside a string is not known, so what stands before the first quote, and
 * the pieces between strings, are values as well when they hold more than JSON's own punctuation.
 */
function quotedValues(text: string): string[] {
  const values: string[] = []
  const notes = createStringNotes()
  let from = 0
  for (let at = 0; at <= text.length; at++) {
    const code = at === text.length ? QUOTE : text.charCodeAt(at)
    if (code === BACKSLASH) at++
    else if (code === QUOTE) {
      if (at > from && !isPunctuation(text, from, at)) values.push(decodeJsonString(text, from, at, notes))
      from = at + 1
    }
  }
  return values
}

const PUNCTUATION = Uint8Array.from({ length: 256 }, (_, byte) =>
  ' \t\r\n,:[]{}0123456789.+-eEtrufalsn'.includes(String.fromCharCode(byte)) ? 1 : 0,
)

function isPunctuation(text: string, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (PUNCTUATION[text.charCodeAt(at) & 0xff] === 0) return false
  return true
}

/** Text between tags joined, and what stands between quotes inside tags: as the XML variables show a whole document. */
function markupValues(text: string): SecValue[] {
  const values: SecValue[] = []
  let content = ''
  let at = 0
  while (at < text.length) {
    const open = text.indexOf('<', at)
    if (open < 0) break
    content += text.slice(at, open)
    const close = text.indexOf('>', open)
    const tag = text.slice(open, close < 0 ? text.length : close)
    for (const attribute of tag.matchAll(/"([^"]*)"|'([^']*)'/g)) {
      values.push(new SecValue(XML, XML, '//@*', attribute[1] ?? attribute[2]))
    }
    at = close < 0 ? text.length : close + 1
  }
  return [new SecValue(XML, XML, '/*', content + text.slice(at)), ...values]
}
