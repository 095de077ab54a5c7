import { createHash } from 'node:crypto'
import { lowerAscii, upperAscii } from '#wire'
import { BYTE_MASK } from './byte-mask.ts'
import { cmdLine } from './cmd-line.ts'
import { removeComments, removeCommentsChar, replaceComments } from './comments.ts'
import { cssDecode } from './css-decode.ts'
import {
  base64Decode,
  base64DecodeExt,
  base64Encode,
  hexDecode,
  hexEncode,
  sqlHexDecode,
  urlEncode,
} from './encodings.ts'
import { escapeSeqDecode } from './escape-seq-decode.ts'
import { htmlEntityDecode } from './html-entity-decode.ts'
import { jsDecode } from './js-decode.ts'
import { normalizePath, normalizePathWin } from './normalize-path.ts'
import { parityEven7bit, parityOdd7bit, parityZero7bit } from './parity.ts'
import type { ByteMaskBits, Transformation } from './transformation.ts'
import { urlDecode, urlDecodeUni } from './url-decode.ts'
import { utf8toUnicode } from './utf8-to-unicode.ts'
import { compressWhitespace, removeWhitespace, trim, trimLeft, trimRight } from './white-space.ts'

const {
  always,
  ampersand,
  backslash,
  comment,
  dot,
  high,
  letterX,
  lowerCase,
  nul,
  percent,
  plus,
  quote,
  shell,
  slash,
  upperCase,
  whiteSpace,
} = BYTE_MASK

const DEFINITIONS: readonly (readonly [name: string, touches: ByteMaskBits, apply: (text: string) => string])[] = [
  ['base64Decode', always, base64Decode],
  ['base64DecodeExt', always, base64DecodeExt],
  ['base64Encode', always, base64Encode],
  ['cmdLine', quote | backslash | shell | whiteSpace | upperCase, cmdLine],
  ['compressWhitespace', whiteSpace, compressWhitespace],
  ['cssDecode', backslash, cssDecode],
  ['escapeSeqDecode', backslash, escapeSeqDecode],
  ['hexDecode', always, hexDecode],
  ['hexEncode', always, hexEncode],
  ['htmlEntityDecode', ampersand, htmlEntityDecode],
  ['jsDecode', backslash, jsDecode],
  ['length', always, (text) => String(text.length)],
  ['lowercase', upperCase, lowerAscii],
  ['md5', always, (text) => digest('md5', text)],
  ['none', 0, (text) => text],
  ['normalizePath', slash | dot, normalizePath],
  ['normalizePathWin', slash | dot | backslash, normalizePathWin],
  ['parityEven7bit', always, parityEven7bit],
  ['parityOdd7bit', always, parityOdd7bit],
  ['parityZero7bit', high, parityZero7bit],
  ['removeComments', slash | comment, removeComments],
  ['removeCommentsChar', slash | comment, removeCommentsChar],
  ['removeNulls', nul, (text) => (text.includes('\0') ? text.replaceAll('\0', '') : text)],
  ['removeWhitespace', whiteSpace | high, removeWhitespace],
  ['replaceComments', slash, replaceComments],
  ['replaceNulls', nul, (text) => (text.includes('\0') ? text.replaceAll('\0', ' ') : text)],
  ['sha1', always, (text) => digest('sha1', text)],
  ['sqlHexDecode', letterX, sqlHexDecode],
  ['trim', whiteSpace, trim],
  ['trimLeft', whiteSpace, trimLeft],
  ['trimRight', whiteSpace, trimRight],
  ['uppercase', lowerCase, upperAscii],
  ['urlDecode', percent | plus, urlDecode],
  ['urlDecodeUni', percent | plus, urlDecodeUni],
  ['urlEncode', always, urlEncode],
  ['utf8toUnicode', high, utf8toUnicode],
]

/** Other spellings of the same names. */
const ALIASES: readonly (readonly [alias: string, name: string])[] = [
  ['normalisePath', 'normalizePath'],
  ['normalisePathWin', 'normalizePathWin'],
]

/** Every transformation by its lower-case name; two spellings of one name hold the same object. */
export const TRANSFORMATIONS: Readonly<Record<string, Transformation>> = transformations()

function transformations(): Readonly<Record<string, Transformation>> {
  const table: Record<string, Transformation> = {}
  for (const [name, touches, apply] of DEFINITIONS) table[name.toLowerCase()] = { name, touches, apply }
  for (const [alias, name] of ALIASES) table[alias.toLowerCase()] = table[name.toLowerCase()]
  return table
}

/** The digest as bytes. */
function digest(algorithm: 'md5' | 'sha1', text: string): string {
  return createHash(algorithm).update(text, 'latin1').digest('binary')
}
