import { attributeRole } from './attributes.ts'
import { isCode } from './code-text.ts'
import type { Look } from './look.ts'
import { urlEffect } from './script-url.ts'
import { styleRuns } from './style.ts'
import { AttributeSpan } from './tag-reader.ts'

// Enough for every attack; what comes later stands in a text that is not one.
const MAX_ATTRIBUTES = 64

const span = new AttributeSpan()

/**
 * Reads what follows the first `quote` of the text as attributes: the value may stand inside an attribute that this quote ends.
 */
export function readAfterQuote(look: Look, quote: string): void {
  const { text } = look
  const from = text.indexOf(quote) + 1
  if (from === 0) return
  let at = from
  let clean = true
  for (let count = 0; count < MAX_ATTRIBUTES && !look.certain; count++) {
    const next = span.read(text, at, false)
    if (next < 0) return
    clean &&= isAttributeName(text, span)
    judge(look, from - 1, clean)
    at = next
  }
}

/** Reads the text as a list of attributes, after a first word of any kind: an unquoted value ends at white space. */
export function readUnquoted(look: Look): void {
  const { text } = look
  let at = 0
  for (let count = 0; count < MAX_ATTRIBUTES && !look.certain; count++) {
    const next = span.read(text, at, false)
    if (next < 0) return
    if (count > 0 && !isAttributeName(text, span)) return
    const role = attributeRole(text, span.nameFrom, span.nameTo)
    if (role === 'handler' && runs(text)) look.note('attribute-injection', span.nameFrom, span.valueTo)
    at = next
  }
}

/** Judges the attribute in `span`. `clean`: only well-formed attributes stand between it and the quote. */
function judge(look: Look, quoteAt: number, clean: boolean): void {
  const { text } = look
  if (!span.hasValue) return
  switch (attributeRole(text, span.nameFrom, span.nameTo)) {
    case 'handler':
      if (clean && span.valueTo > span.valueFrom) {
        look.note('attribute-breakout', quoteAt, span.valueTo, span.spaced ? 'likely' : undefined)
      } else if (runs(text)) look.note('attribute-breakout', quoteAt, span.valueTo, 'likely')
      break
    case 'maybeHandler':
      if (clean) look.note('attribute-breakout', quoteAt, span.valueTo, runs(text) ? 'likely' : 'weak')
      break
    case 'document':
      if (clean) look.note('embedded-document', quoteAt, span.valueTo)
      break
    case 'style':
      if (clean && styleRuns(text, span.valueFrom, span.valueTo)) look.note('script-style', quoteAt, span.valueTo)
      break
    case 'url':
      if (clean && urlEffect(text, span.valueFrom, span.valueTo) === 'script') {
        look.note('script-url', quoteAt, span.valueTo)
      }
      break
    default:
  }
}

/** The value of the attribute in `span` stands directly after `=` and is code; braces are those of other languages. */
function runs(text: string): boolean {
  return !span.spaced && text.charCodeAt(span.valueFrom) !== 0x7b && isCode(text, span.valueFrom, span.valueTo)
}

function isAttributeName(text: string, { nameFrom, nameTo }: AttributeSpan): boolean {
  for (let index = nameFrom; index < nameTo; index++) {
    const byte = text.charCodeAt(index)
    const letter = byte | 0x20
    const plain = (letter >= 0x61 && letter <= 0x7a) || (byte >= 0x2d && byte <= 0x3a && byte !== 0x2f) || byte === 0x5f
    if (!plain) return false
  }
  return nameTo > nameFrom
}
