/** What differs from one conversation to the next without meaning anything, and what stands for it. In order. */
const MASKS: readonly (readonly [pattern: RegExp, mask: string])[] = [
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '<uuid>'],
  [/\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT\b/g, '<date>'],
  [/\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:?\d{2})?/g, '<date>'],
  [/\b[0-9a-f]{16,}\b/gi, '<hex>'],
  // Entity tags: a time, an inode or a checksum.
  [/\b(?=[a-f]{0,15}\d)(?=\d{0,15}[a-f])[0-9a-f]{8,15}\b/gi, '<hex>'],
  [/\b(?=[A-Za-z0-9+/_-]{0,200}\d)(?=[A-Za-z0-9+/_-]{0,200}[A-Za-z])[A-Za-z0-9+/_-]{20,}={0,2}/g, '<token>'],
  [/\b\d{5,}\b/g, '<number>'],
]

const LONGEST_VALUE = 1000

/** A value with dates, ids and tokens masked, so that only what means something is compared. */
export function masked(value: string): string {
  let text = value.slice(0, LONGEST_VALUE)
  for (const [pattern, mask] of MASKS) text = text.replace(pattern, mask)
  return text
}
