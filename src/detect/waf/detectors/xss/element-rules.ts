import { attributeRole } from './attributes.ts'
import { isNoOperation } from './code-text.ts'
import type { ElementRole } from './elements.ts'
import type { Look } from './look.ts'
import { urlEffect } from './script-url.ts'
import { styleRuns } from './style.ts'
import type { AttributeSpan } from './tag-reader.ts'

const OPEN_BRACE = 0x7b

/** Judges one attribute of an element; `tagAt` is where the tag begins. */
export function judgeAttribute(look: Look, tagAt: number, element: ElementRole | undefined, span: AttributeSpan): void {
  const { text } = look
  const role = attributeRole(text, span.nameFrom, span.nameTo)
  if (role === undefined || !span.hasValue || span.valueTo === span.valueFrom) return
  switch (role) {
    case 'handler':
      // JSX: a name with capitals, and braces for a value. HTML would run that too.
      look.note('event-handler', tagAt, span.valueTo, isJsx(text, span) ? 'likely' : undefined)
      break
    case 'maybeHandler':
      look.note('unknown-handler', tagAt, span.valueTo, isJsx(text, span) ? 'weak' : undefined)
      break
    case 'document':
      look.note('embedded-document', tagAt, span.valueTo)
      break
    case 'style':
      if (styleRuns(text, span.valueFrom, span.valueTo)) look.note('script-style', tagAt, span.valueTo)
      break
    case 'equivalent':
      if (/^\s*refresh/i.test(text.slice(span.valueFrom, span.valueTo))) look.note('page-redirect', tagAt, span.valueTo)
      break
    case 'animated':
      if (/^\s*(?:on|(?:xlink:)?href)/i.test(text.slice(span.valueFrom, span.valueTo))) {
        look.note('event-handler', tagAt, span.valueTo)
      }
      break
    case 'url':
      judgeUrl(look, tagAt, element, span)
      break
    default:
      role satisfies never
  }
}

function judgeUrl(look: Look, tagAt: number, element: ElementRole | undefined, span: AttributeSpan): void {
  const { text } = look
  const effect = urlEffect(text, span.valueFrom, span.valueTo)
  if (effect === 'script') {
    const colon = text.indexOf(':', span.valueFrom)
    const idle = colon >= 0 && colon < span.valueTo && isNoOperation(text, colon + 1, span.valueTo)
    look.note('script-url', tagAt, span.valueTo, idle ? 'weak' : undefined)
  } else if (effect === 'document' && element !== 'image') {
    look.note('script-url', tagAt, span.valueTo)
  } else if (effect === 'image' && (element === 'frame' || element === 'embed' || element === 'active')) {
    look.note('script-url', tagAt, span.valueTo)
  } else if ((element === 'frame' || element === 'embed') && !text.startsWith('...', span.valueFrom)) {
    look.note('foreign-content', tagAt, span.valueTo)
  } else if (element === 'base') {
    const elsewhere = text.slice(span.valueFrom, span.valueTo).includes('//')
    look.note('page-base', tagAt, span.valueTo, elsewhere ? undefined : 'weak')
  }
}

function isJsx(text: string, span: AttributeSpan): boolean {
  const third = text.charCodeAt(span.nameFrom + 2)
  return third >= 0x41 && third <= 0x5a && text.charCodeAt(span.valueFrom) === OPEN_BRACE
}
