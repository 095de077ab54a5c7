import type { Random } from '../random.ts'

const ATOMS = ['a', 'b', 'c', ' ', '-', '\\w', '\\s', '\\d', '.', '[ab]', '[^a]', '\\x41', '(?i:a)', '(?i)b']
// No `(?m:$)`: Perl is told that `$` is the end only.
const PLACES = ['^', '$', '\\b', '\\B', '\\A', '\\z', '\\Z', '(?m:^)', '(?<=a)', '(?<!b)', '(?<=ab)']
const NEGATIVE_LOOKS = ['(?!a)', '(?!b|ab)', '(?!\\w+c)']
const COUNTS = ['*', '+', '?', '*?', '+?', '??', '{2}', '{1,2}', '{0,3}?', '*+', '++', '?+']

/** Random small patterns with every construct that is supported. Groups in negative lookahead differ between Perl and PCRE. */
export class RandomPattern {
  readonly #random: Random
  #groups = 0

  constructor(random: Random) {
    this.#random = random
  }

  next(): string {
    this.#groups = 0
    return this.#part(5)
  }

  #part(depth: number): string {
    const kind = depth <= 0 ? this.#random.below(4) : this.#random.below(14)
    if (kind < 3) return this.#random.pick(ATOMS)
    if (kind === 3) return this.#random.pick(this.#groups > 0 ? [...PLACES, `\\${this.#groups}`] : PLACES)
    if (kind < 8) return this.#part(depth - 1) + this.#part(depth - 1)
    if (kind === 8) return `(?:${this.#part(depth - 1)}|${this.#part(depth - 1)})`
    if (kind === 9) return this.#capture(depth)
    if (kind < 12) return `(?:${this.#part(depth - 1)})${this.#random.pick(COUNTS)}`
    if (kind === 12) return this.#random.pick([`(?=${this.#random.pick(ATOMS)})`, ...NEGATIVE_LOOKS])
    return `(?>${this.#part(depth - 1)})`
  }

  #capture(depth: number): string {
    const inner = this.#part(depth - 1)
    this.#groups++
    return `(${inner})`
  }
}

export function randomValue(random: Random): string {
  return Array.from({ length: random.below(10) }, () => random.pick('abcAB \n-1')).join('')
}
