import { WordTable } from '../word-table.ts'
import { isCode, isNoOperation } from './code-text.ts'
import type { Look } from './look.ts'
import { urlEffect } from './script-url.ts'

/** Functions that scripts of attacks call. */
const FUNCTIONS = new WordTable(
  (
    'alert confirm prompt print eval fetch settimeout setinterval setimmediate function import atob btoa sendbeacon ' +
    'xmlhttprequest unescape decodeuricomponent open'
  ).split(' '),
)
/** Objects that they use, and properties that they set. */
const OBJECTS = new WordTable(
  (
    'document window location top self parent globalthis frames navigator constructor string localstorage ' +
    'sessionstorage onerror opener'
  ).split(' '),
)

/** Of both, those that source code does not write into its own template literals. */
const TEMPLATE_SINKS = new WordTable(
  'alert confirm prompt eval fetch settimeout function document window location'.split(' '),
)

const SCRIPT_SCHEME = /(?:java|vb|live)script[\t\r\n ]{0,4}:/gi
const USES: readonly string[] = ['(', '=', '<', '[', '"', "'"]
const MAX_SCHEMES = 16
const SINK_NAMES =
  /\bdocument\s?\.\s?(?:cookie|write|domain|location)|\bwindow\s?\.\s?location|\bString\s?\.\s?fromCharCode|\.(?:inner|outer)HTML\s?=|\b(?:alert|confirm|prompt)\s?[(`]/
const MAX_SEPARATORS = 12
const QUOTES = ["'", '"', '`'] as const

/** A URL that runs: the whole value, or inside a text. */
export function readScriptUrls(look: Look): void {
  const { text } = look
  const effect = urlEffect(text, 0, text.length)
  if (effect === 'document' && !/^\s*data:[;,]/i.test(text)) look.note('script-url-value', 0, text.length)
  if (effect === 'script') {
    const body = schemeEnd(text)
    if (isCode(text, body, text.length)) {
      look.note('script-url-value', 0, text.length, isNoOperation(text, body, text.length) ? 'weak' : undefined)
    }
    return
  }
  let count = 0
  for (const match of text.matchAll(SCRIPT_SCHEME)) {
    const body = match.index + match[0].length
    if (isCode(text, body, text.length) && !isNoOperation(text, body, urlEnd(text, body))) {
      const before = text.charAt(match.index - 1)
      // After `(`, `=`, `<` or a quote it is used; elsewhere it is a word of a text.
      look.note('script-url-text', match.index, text.length, USES.includes(before) ? undefined : 'weak')
    }
    if (++count === MAX_SCHEMES) return
  }
}

/** Index of the quote, angle bracket or white space that ends a URL in a text. */
function urlEnd(text: string, from: number): number {
  const length = text.slice(from, from + 64).search(/["'<>\s]/)
  return length < 0 ? text.length : from + length
}

/** Index after the scheme of a URL that is known to run; entities may hide the colon. */
function schemeEnd(text: string): number {
  const hidden = /^[^:&]{0,80}(?:&#[x0-9a-f]{1,16};?[^:&]{0,8}){0,40}(?::|&colon;)/i.exec(text)
  return hidden === null ? 0 : hidden[0].length
}

/** A call after the end of a string of a script: `';alert(1)//`, and calls in template literals. */
export function readScriptBreakouts(look: Look): void {
  const { text } = look
  for (const quote of QUOTES) {
    const at = text.indexOf(quote)
    if (at < 0) continue
    const from = afterSeparators(text, at + 1)
    if (from > at + 1 && isSinkUse(text, from, quote)) {
      look.note(isRepaired(text, from) ? 'script-breakout' : 'script-call', at, text.length)
    }
  }
  const template = text.indexOf('${')
  if (template >= 0 && isTemplateSink(text, template + 2)) look.note('script-call', template, text.length)
  const sink = look.strongest.found === undefined ? SINK_NAMES.exec(text) : null
  if (sink !== null) look.note('script-sink', sink.index, sink.index + sink[0].length)
}

/** With what an expression or a statement goes on after a string; then more of it, up to a name. */
const CONTINUES = byteSet(/[;+\-*/%|&^,)}\]?]/)
const SEPARATES = byteSet(/[\s;,+\-*/%|&^<>=?:!~()}[\]]/)

function byteSet(pattern: RegExp): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (byte < 0x80 && pattern.test(String.fromCharCode(byte)) ? 1 : 0))
}

/** Index of the name after a string that ends before `from`, over operators and separators; `from` when there are none. */
function afterSeparators(text: string, from: number): number {
  let at = from
  while (text.charCodeAt(at) <= 0x20) at++
  if (CONTINUES[text.charCodeAt(at) & 0xff] === 0) return from
  while (at - from < MAX_SEPARATORS && SEPARATES[text.charCodeAt(at) & 0xff] === 1) at++
  return at
}

function isTemplateSink(text: string, at: number): boolean {
  const end = nameEnd(text, at)
  return TEMPLATE_SINKS.find(text, at, end) > 0 && '(.='.includes(text.charAt(end)) && end < text.length
}

function nameEnd(text: string, at: number): number {
  let end = at
  while (end - at < 24 && isNameByte(text.charCodeAt(end))) end++
  return end
}

/**
 * A function of the table that is called at `at`, or an object that is read from, indexed or set. After a backtick another
 * one is no call: Markdown writes code between them.
 */
function isSinkUse(text: string, at: number, quote: string): boolean {
  let end = nameEnd(text, at)
  const isFunction = FUNCTIONS.find(text, at, end) > 0
  if (!isFunction && OBJECTS.find(text, at, end) === 0) return false
  while (text.charCodeAt(end) <= 0x20) end++
  // `(alert)(1)`
  if (text.charCodeAt(at - 1) === 0x28 && text.startsWith(')(', end)) return true
  const calls = quote === '`' ? '(' : '(`'
  return end < text.length && (isFunction ? calls : '.[=').includes(text.charAt(end))
}

function isNameByte(byte: number): boolean {
  return ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a) || (byte >= 0x30 && byte <= 0x39)
}

/** The rest of the script's line is made a comment, or the string is opened again. */
function isRepaired(text: string, from: number): boolean {
  return /(?:\/\/[^\n]{0,16}|<!--|\/\*|['"`]|[;,+\-*|&^][\s]?['"`][\w]{0,8})\s*$/.test(
    text.slice(Math.max(from, text.length - 40)),
  )
}
