/** Edit distance of two words (insert, delete, replace, swap of neighbours), or `limit + 1` when it is larger. */
function editDistance(left: string, right: string, limit: number): number {
  if (Math.abs(left.length - right.length) > limit) return limit + 1
  let beforeLast: number[] = []
  let last = Array.from({ length: right.length + 1 }, (_, i) => i)
  for (let i = 1; i <= left.length; i++) {
    const row = [i]
    for (let j = 1; j <= right.length; j++) {
      const same = left[i - 1] === right[j - 1]
      let best = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1))
      const swapped = i > 1 && j > 1 && left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1]
      if (swapped) best = Math.min(best, beforeLast[j - 2] + 1)
      row.push(best)
    }
    beforeLast = last
    last = row
  }
  return last[right.length]
}

/** Longest word that is worth a comparison with all names. */
const WORD_LIMIT = 64

/**
 * The name that was probably meant by `word`: the nearest by edit distance within a third of its length, or one that
 * ends with it after a dot (`host` for `http.host`).
 */
export function nearestName(word: string, names: Iterable<string>): string | undefined {
  if (word.length > WORD_LIMIT) return undefined
  const lowered = word.toLowerCase()
  let best: string | undefined
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1
  let suffixed: string | undefined
  for (const name of names) {
    const distance = editDistance(lowered, name.toLowerCase(), bestDistance)
    if (distance < bestDistance) {
      best = name
      bestDistance = distance
    }
    if (name.endsWith(`.${lowered}`) && (suffixed === undefined || name.length < suffixed.length)) suffixed = name
  }
  return best ?? suffixed
}
