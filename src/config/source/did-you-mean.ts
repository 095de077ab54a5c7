import { nearestName } from '#rules'

/** The name that was probably meant, as the tail of a message; empty when none is near. */
export function didYouMean(word: string, names: Iterable<string>): string {
  const name = nearestName(word, names)
  return name === undefined ? '' : `; did you mean \`${name}\`?`
}
