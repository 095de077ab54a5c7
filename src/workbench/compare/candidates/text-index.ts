import type { Dimension } from '../dimensions/dimension.ts'

type Values = Dimension['values']

/** Codes of the texts of a dimension in order, so that those with a common beginning stand together. */
interface Order {
  readonly codes: Int32Array
  readonly texts: readonly string[]
}

interface Index {
  readonly forward: Order
  readonly backward: Order
  readonly byWord: Map<string, Int32Array>
}

/** By dictionary: each search for what is left of an attack asks the same again. */
const INDEXES = new WeakMap<Values, Index>()

/** Codes of the values that begin with a text. */
export function codesByPrefix({ values }: Dimension, prefix: string): Int32Array {
  return beginningWith(indexOf(values).forward, prefix)
}

/** Codes of the values that end with a text. */
export function codesBySuffix({ values }: Dimension, suffix: string): Int32Array {
  return beginningWith(indexOf(values).backward, reversed(suffix))
}

/** Codes of the values that contain a text. */
export function codesByWord({ values }: Dimension, word: string): Int32Array {
  const { byWord, forward } = indexOf(values)
  const known = byWord.get(word)
  if (known !== undefined) return known
  const found: number[] = []
  for (let at = 0; at < forward.texts.length; at++) if (forward.texts[at].includes(word)) found.push(forward.codes[at])
  const codes = Int32Array.from(found)
  byWord.set(word, codes)
  return codes
}

function indexOf(values: Values): Index {
  const known = INDEXES.get(values)
  if (known !== undefined) return known
  const index = { forward: orderOf(values, String), backward: orderOf(values, reversed), byWord: new Map() }
  INDEXES.set(values, index)
  return index
}

function orderOf(values: Values, textOf: (value: string) => string): Order {
  const texts = values.map((value) => (value === undefined ? '' : textOf(String(value))))
  const codes = Int32Array.from({ length: values.length - 1 }, (_, at) => at + 1)
  codes.sort((a, b) => (texts[a] < texts[b] ? -1 : texts[a] > texts[b] ? 1 : a - b))
  return { codes, texts: Array.from(codes, (code) => texts[code]) }
}

/** Longest end that is asked for. */
export const END_CHARACTERS = 100

/** The end of a text, its last character first. */
function reversed(text: string): string {
  let result = ''
  for (let at = text.length - 1; at >= Math.max(0, text.length - END_CHARACTERS); at--) result += text[at]
  return result
}

function beginningWith({ codes, texts }: Order, prefix: string): Int32Array {
  const first = lowerBound(texts, (text) => text >= prefix)
  const end = lowerBound(texts, (text) => text >= prefix && !text.startsWith(prefix))
  return codes.subarray(first, end)
}

/** The first place from which on a condition holds. */
function lowerBound(texts: readonly string[], holds: (text: string) => boolean): number {
  let low = 0
  let high = texts.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (holds(texts[middle])) high = middle
    else low = middle + 1
  }
  return low
}
