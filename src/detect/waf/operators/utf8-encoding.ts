const NON_ASCII = /[\x80-\xff]/

/** Lowest and highest second byte where a lead byte narrows it: overlong forms, surrogates, beyond U+10FFFF (RFC 3629). */
const SECOND_BYTES: ReadonlyMap<number, readonly [lowest: number, highest: number]> = new Map([
  [0xe0, [0xa0, 0xbf]],
  [0xed, [0x80, 0x9f]],
  [0xf0, [0x90, 0xbf]],
  [0xf4, [0x80, 0x8f]],
])

/** Offset of the first byte that is not part of well-formed UTF-8 (RFC 3629 section 4), or -1. */
export function invalidUtf8At(value: string): number {
  let at = value.search(NON_ASCII)
  if (at < 0) return -1
  while (at < value.length) {
    const size = characterSize(value, at)
    if (size === 0) return at
    at += size
  }
  return -1
}

/** Bytes of the well-formed character at `at`; 0 when it is none. */
function characterSize(value: string, at: number): number {
  const lead = value.charCodeAt(at)
  if (lead < 0x80) return 1
  // 0xc0 and 0xc1 could only begin overlong forms.
  const size = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0
  if (size === 0 || at + size > value.length) return 0
  const [lowest, highest] = SECOND_BYTES.get(lead) ?? [0x80, 0xbf]
  const second = value.charCodeAt(at + 1)
  if (second < lowest || second > highest) return 0
  for (let i = 2; i < size; i++) if ((value.charCodeAt(at + i) & 0xc0) !== 0x80) return 0
  return size
}
