import { elementRole } from './elements.ts'
import { judgeAttribute } from './element-rules.ts'
import type { Look } from './look.ts'
import { urlEffect } from './script-url.ts'
import { styleRuns } from './style.ts'
import { AttributeSpan, tagNameEnd } from './tag-reader.ts'

const SLASH = 0x2f
const GREATER = 0x3e
const BANG = 0x21
const QUESTION = 0x3f

// A declaration that does harm says so near its beginning.
const DECLARATION_BYTES = 300
const MAX_DECLARATIONS = 64

const span = new AttributeSpan()

/**
 * Reads the text of `look` from `from` as markup and judges every tag. The naive reading finds tags that a strict one hides in
 * quoted attributes and comments, and the other way round; each goes through the text once.
 */
export function readMarkup(look: Look, from: number, naive: boolean): void {
  const { text } = look
  let at = text.indexOf('<', from)
  let commentsClose = true
  let declarations = 0
  while (at >= 0 && !look.certain) {
    const next = text.charCodeAt(at + 1)
    let resume = at + 1
    if (isLetter(next)) resume = readTag(look, at, naive)
    else if (next === SLASH) resume = readEndTag(look, at)
    else if (next === BANG || next === QUESTION) {
      if (++declarations <= MAX_DECLARATIONS) judgeDeclaration(look, at)
      if (!naive && commentsClose && text.startsWith('<!--', at)) {
        const close = text.indexOf('-->', at + 2)
        // Asked once only, so that many open comments cost no more than one.
        commentsClose = close >= 0
        if (commentsClose) resume = close + 3
      }
    }
    at = text.indexOf('<', resume)
  }
}

/** Judges the tag that begins at `at`; returns the index after it. */
function readTag(look: Look, at: number, naive: boolean): number {
  const { text } = look
  const nameEnd = tagNameEnd(text, at + 1)
  const role = elementRole(text, at + 1, nameEnd)
  if (role === 'script') {
    look.note('script-element', at, nameEnd, isPlaceholder(text, at, nameEnd) ? 'weak' : undefined)
    return nameEnd
  }
  let next = nameEnd
  let end = nameEnd
  while (next >= 0) {
    end = next
    next = span.read(text, end, naive)
    if (next >= 0) judgeAttribute(look, at, role, span)
    if (look.certain) return end
  }
  if (role === 'style') judgeStyle(look, at, end)
  if (role !== undefined && role !== 'image') look.note('active-element', at, end)
  return end
}

/** `command <script> [file]`: a usage text names something, and no code follows. */
function isPlaceholder(text: string, at: number, nameEnd: number): boolean {
  const before = text.charCodeAt(at - 1)
  if (text.charCodeAt(nameEnd) !== GREATER || !(before <= 0x20 || before === SLASH)) return false
  const next = text.indexOf('<', nameEnd)
  const to = next < 0 ? text.length : next
  if (/^<\/\s*script/i.test(text.slice(to, to + 16))) return false
  return !/[(=;`]/.test(text.slice(nameEnd + 1, Math.min(to, nameEnd + 80)))
}

function readEndTag(look: Look, at: number): number {
  const end = tagNameEnd(look.text, at + 2)
  if (elementRole(look.text, at + 2, end) === 'script') look.note('script-element', at, end)
  return at + 2
}

function judgeStyle(look: Look, tagAt: number, from: number): void {
  const { text } = look
  // Up to the next tag of any kind: no byte is read for two elements.
  const close = text.indexOf('<', from)
  const to = close < 0 ? text.length : close
  if (styleRuns(text, from, to)) look.note('script-style', tagAt, to)
}

const EXTERNAL_ENTITY =
  /^<!entity\s[^>]{0,200}\s(?:system|public)\s|^<!doctype[^>]{0,200}\ssystem\s+["'](?:https?|ftp|file):/i
const OWN_ENTITY = /^<!(?:entity\s|doctype[^>]{0,200}\[\s*<!)/i

/** Entities of its own, a document type from elsewhere, and a style sheet that is a script. */
function judgeDeclaration(look: Look, at: number): void {
  const { text } = look
  // `<!e`, `<!d`, `<?x`, `<?i`: a look at one letter before any other.
  if (!'edxi'.includes(text.charAt(at + 2).toLowerCase()) || at + 2 >= text.length) return
  const start = text.slice(at, at + DECLARATION_BYTES)
  if (EXTERNAL_ENTITY.test(start)) {
    look.note('declaration', at, at + start.length)
  } else if (OWN_ENTITY.test(start)) {
    look.note('declaration', at, at + start.length, 'weak')
  } else if (/^<\?(?:xml-stylesheet|import)\s/i.test(start)) {
    const href = /href\s*=\s*["']?/i.exec(start)
    const value = href === null ? -1 : at + href.index + href[0].length
    const runs = value >= 0 && urlEffect(text, value, Math.min(text.length, value + 64)) !== 'none'
    look.note('declaration', at, at + start.length, runs ? 'certain' : 'weak')
  }
}

function isLetter(byte: number): boolean {
  return (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a
}
