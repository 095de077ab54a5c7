/** A set of rules as bits: rule n is bit n % 32 of word n / 32. */
export function wordsFor(ruleCount: number): Int32Array {
  return new Int32Array((ruleCount + 31) >>> 5)
}

export function markAll(rules: Uint32Array, words: Int32Array): void {
  for (let i = 0; i < rules.length; i++) {
    const rule = rules[i]
    words[rule >>> 5] |= 1 << (rule & 31)
  }
}
