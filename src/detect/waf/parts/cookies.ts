import { trimBlanks } from '#wire'
import { decodePercent } from '../body/percent.ts'

const QUOTE = 0x22
const EQUALS = 0x3d
const SEMICOLON = 0x3b

/**
 * Appends the cookies of one Cookie field to a flat list: name, value, in order and as sent, quotes and escapes included (the
 * format of version 0, RFC 6265 section 5.4). A piece without `=` is a name with an empty value; empty pieces are skipped.
 */
export function appendCookies(field: string, list: string[]): void {
  const length = field.length
  let start = 0
  let equals = -1
  for (let at = 0; at <= length; at++) {
    const code = at === length ? SEMICOLON : field.charCodeAt(at)
    if (code === EQUALS) {
      if (equals < 0) equals = at
    } else if (code === SEMICOLON) {
      const nameEnd = equals < 0 ? at : equals
      const name = trimBlanks(field, start, nameEnd)
      if (name !== '' || equals >= 0) list.push(name, equals < 0 ? '' : trimBlanks(field, equals + 1, at))
      start = at + 1
      equals = -1
    }
  }
}

/**
 * A flat list of cookies as frameworks hand them out, without the quotes around a value and with its escapes decoded; the same
 * list when nothing changes.
 */
export function decodeCookies(cookies: readonly string[]): readonly string[] {
  let decoded: string[] | undefined = undefined
  for (let at = 1; at < cookies.length; at += 2) {
    const value = cookies[at]
    const from = isQuoted(value) ? 1 : 0
    if (from === 0 && !value.includes('%')) continue
    decoded ??= cookies.slice()
    decoded[at] = decodePercent(value, from, value.length - from, false, { invalid: 0, percentU: false, nul: false })
  }
  return decoded ?? cookies
}

function isQuoted(value: string): boolean {
  const last = value.length - 1
  return last > 0 && value.charCodeAt(0) === QUOTE && value.charCodeAt(last) === QUOTE
}
