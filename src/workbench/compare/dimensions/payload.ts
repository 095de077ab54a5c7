import { isOptions, stableBytes } from './stable-options.ts'
import { countCodes, type Dimension, type RowCounts } from './dimension.ts'

/** Leading bytes that are looked at one by one. */
const BYTES = 32
const BYTE_VALUES = 256
/** The dictionary of every byte: code 0 is "absent", the others are the byte and one. */
const BYTE_DICTIONARY: readonly (number | undefined)[] = [undefined, ...Array(BYTE_VALUES).keys()]

/** The first bytes of a payload as numbers, each at its place. */
export function payloadDimensions(payload: Dimension, rows: RowCounts): Dimension[] {
  const texts = payload.values.map((value) => (value === undefined ? '' : String(value)))
  const longest = isOptions(payload.operand)
    ? stableLength(payload.operand, texts)
    : texts.reduce((most, text) => Math.max(most, text.length), 0)
  const chance = CHANCE_PRICE / Math.max(1, rows.good)
  const dimensions: Dimension[] = []
  for (let at = 0; at < Math.min(BYTES, longest); at++) {
    const codes = byteCodes(payload, texts, at)
    const counts = countCodes(codes, BYTE_DICTIONARY.length, rows)
    const used = counts.badCounts.filter((count, code) => count + counts.goodCounts[code] > 0).length
    if (used < 2) continue
    dimensions.push({
      operand: `bit_slice(${payload.operand}, ${at * 8}, ${at * 8 + 8})`,
      field: payload.field,
      type: 'Int',
      use: payload.use,
      price: payload.price + at * BYTE_PRICE + chance,
      codes,
      values: BYTE_DICTIONARY,
      ...counts,
    })
  }
  return dimensions
}

/** Up to where no options of any row hold anything that changes by itself. */
function stableLength(operand: string, texts: readonly string[]): number {
  let length = texts.reduce((most, text) => Math.max(most, text.length), 0)
  for (const text of texts) {
    const stable = stableBytes(operand, text)
    if (stable < text.length) length = Math.min(length, stable)
  }
  return length
}

function byteCodes({ codes }: Dimension, texts: readonly string[], at: number): Int32Array {
  const byteOf = Int32Array.from(texts, (text) => (at < text.length ? text.charCodeAt(at) + 1 : 0))
  return codes.map((code) => byteOf[code])
}

/** Of equal bytes the earlier is the better known. */
const BYTE_PRICE = 0.00002
/**
 * Of so many places and values some are missing among few good rows by chance alone: what none of so many rows has, up to
 * three in as many may have (the rule of three), and each would cost ten times its share.
 */
const CHANCE_PRICE = 30
