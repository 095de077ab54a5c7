import { TRANSFORMATIONS } from '../transformations/index.ts'
import { VALUE_MASK } from './value-mask.ts'

/** One more decoding that some server, library or browser behind us may apply to a value. */
interface Decoding {
  /** Name in the trail of an event. */
  readonly name: string
  /** Bits of `VALUE_MASK` without which there is nothing to decode. */
  readonly needs: number
  /** Cheaper than decoding: most percent signs and ampersands are none of an escape. */
  readonly worth: RegExp
  readonly apply: (text: string) => string
}

/**
 * Overlong forms of ASCII: two bytes from 0xc0, three from 0xe0 0x80, which strict decoders refuse and others take for `/`, `.`
 * or a quote.
 */
const OVERLONG = /(?:[\xc0\xc1]|\xe0[\x80\x81])[\x80-\xbf]/g
/** U+FF01 to U+FF5E: full-width ASCII, which databases and Windows code pages fold to ASCII. */
const FULL_WIDTH = /\xef(?:\xbc[\x81-\xbf]|\xbd[\x80-\x9e])/g

const DECODINGS: readonly Decoding[] = [
  {
    name: 'urlDecodeUni',
    needs: VALUE_MASK.percent,
    worth: /%(?:[0-9a-f]{2}|u[0-9a-f]{4})/i,
    apply: transformation('urldecodeuni'),
  },
  {
    name: 'htmlEntityDecode',
    needs: VALUE_MASK.ampersand,
    worth: /&(?:#x?[0-9a-f]{1,7}|[a-z]{2,8});?/i,
    apply: transformation('htmlentitydecode'),
  },
  {
    name: 'jsDecode',
    needs: VALUE_MASK.backslash,
    worth: /\\(?:u[0-9a-f]{4}|u\{|x[0-9a-f]{2}|[0-7]{2,3})/i,
    apply: transformation('jsdecode'),
  },
  {
    name: 'overlongUtf8',
    needs: VALUE_MASK.overlong,
    worth: OVERLONG,
    apply: (text) => text.replace(OVERLONG, asciiOfOverlong),
  },
  {
    name: 'fullWidth',
    needs: VALUE_MASK.fullWidth,
    worth: FULL_WIDTH,
    apply: (text) => text.replace(FULL_WIDTH, asciiOfFullWidth),
  },
]

/** Rounds over all decodings: a value that was escaped more often than this is refused by most servers too. */
const ROUNDS = 3
/** Further texts of one value. */
const TEXT_LIMIT = 6

function transformation(name: string): (text: string) => string {
  return (text) => TRANSFORMATIONS[name]?.apply(text) ?? text
}

function asciiOfOverlong(bytes: string): string {
  return String.fromCharCode(
    ((bytes.charCodeAt(bytes.length - 2) & 1) << 6) | (bytes.charCodeAt(bytes.length - 1) & 0x3f),
  )
}

function asciiOfFullWidth(bytes: string): string {
  const code = ((bytes.charCodeAt(1) & 0x3f) << 6) | (bytes.charCodeAt(2) & 0x3f)
  return String.fromCharCode(code - 0xf00 + 0x20)
}

/** Bits of `VALUE_MASK` without any of which a value has one reading only. */
export const DECODING_NEEDS = DECODINGS.reduce((bits, { needs }) => bits | needs, 0)

/**
 * Decodes a value on, as long as something changes: `visit` gets each further text and the names of what led to it. A value
 * escaped twice, or in two ways, is so seen in every form in which somebody behind us might read it.
 */
export function decodeFurther(text: string, visit: (text: string, trail: readonly string[]) => void): void {
  const trail: string[] = []
  let current = text
  let texts = 0
  for (let round = 0; round < ROUNDS && texts < TEXT_LIMIT; round++) {
    const before = texts
    for (const { name, worth, apply } of DECODINGS) {
      if (current.search(worth) < 0) continue
      const decoded = apply(current)
      if (decoded === current) continue
      current = decoded
      trail.push(name)
      visit(current, [...trail])
      if (++texts >= TEXT_LIMIT) break
    }
    if (texts === before) break
  }
}
