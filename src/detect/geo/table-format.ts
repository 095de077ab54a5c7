/**
 * The built tables: one buffer that all threads share. A header of unsigned 32-bit words (magic, format, checksum of the
 * rest, then offset and length of each section), then the sections. A range table is a sorted list of borders: the value
 * at a border holds up to the next one, and 0 means unknown.
 */
const SECTIONS = [
  'country4Borders',
  'country4Values',
  'country6Borders',
  'country6Values',
  'asn4Borders',
  'asn4Values',
  'asn6Borders',
  'asn6Values',
  'nameAsns',
  'nameOffsets',
  'nameBytes',
] as const

export type Section = (typeof SECTIONS)[number]

/** Words of an IPv6 border, most significant first; an IPv4 border is one word. */
export const IPV6_WORDS = 4

export const MAGIC = 0x54474730
export const FORMAT = 1
export const CHECKSUM_WORD = 2
const DIRECTORY_WORD = 3
export const HEADER_BYTES = 4 * (DIRECTORY_WORD + 2 * SECTIONS.length)

/** Joins the sections into one buffer. The checksum is left to whoever stores it. */
export function packSections(content: Readonly<Record<Section, Uint32Array>>): Uint32Array {
  const words = SECTIONS.reduce((sum, name) => sum + content[name].length, HEADER_BYTES / 4)
  const packed = new Uint32Array(words)
  packed[0] = MAGIC
  packed[1] = FORMAT
  let offset = HEADER_BYTES / 4
  for (const [index, name] of SECTIONS.entries()) {
    packed[DIRECTORY_WORD + 2 * index] = offset
    packed[DIRECTORY_WORD + 2 * index + 1] = content[name].length
    packed.set(content[name], offset)
    offset += content[name].length
  }
  return packed
}

/** The sections as views into a packed buffer. The caller has checked the buffer. */
export function viewSections(packed: Uint32Array): Readonly<Record<Section, Uint32Array>> {
  const views: Partial<Record<Section, Uint32Array>> = {}
  for (const [index, name] of SECTIONS.entries()) {
    const offset = packed[DIRECTORY_WORD + 2 * index]
    views[name] = packed.subarray(offset, offset + packed[DIRECTORY_WORD + 2 * index + 1])
  }
  return views as Record<Section, Uint32Array>
}

const FIRST_LETTER = 0x41

/** A two-letter country code as the number stored in the tables, or 0 when it is not one. */
export function packCountry(code: string): number {
  if (!/^[A-Z]{2}$/.test(code)) return 0
  return (code.charCodeAt(0) - FIRST_LETTER) * 26 + (code.charCodeAt(1) - FIRST_LETTER) + 1
}

/** Every country code by its number; index 0 is unknown. */
export const COUNTRY_BY_NUMBER: readonly (string | undefined)[] = [
  undefined,
  ...Array.from({ length: 26 * 26 }, (_, index) =>
    String.fromCharCode(FIRST_LETTER + Math.floor(index / 26), FIRST_LETTER + (index % 26)),
  ),
]
