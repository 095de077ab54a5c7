import { markAll } from './words.ts'

/** A literal in lower case, where in the text it must stand, and the rules that ask for it. */
export interface AutomatonEntry {
  readonly literal: string
  readonly atStart: boolean
  readonly atEnd: boolean
  readonly rules: Uint32Array
}

/**
 * Finds all of many literals in one pass over a text, ASCII case ignored (Aho and Corasick, 1975, as a full transition
 * table over the classes of bytes that the literals tell apart).
 */
export class LiteralAutomaton {
  readonly #classOf: Uint8Array
  readonly #classCount: number
  /** Next state by state and class. */
  readonly #next: Uint32Array
  /** What ends in each state; undefined for most. */
  readonly #found: readonly (readonly AutomatonEntry[] | undefined)[]
  /** No literal can be found beyond. */
  readonly #scanLimit: number

  constructor(entries: readonly AutomatonEntry[]) {
    this.#classOf = byteClasses(entries)
    this.#classCount = Math.max(...this.#classOf) + 1
    const trie = buildTrie(entries, this.#classOf)
    this.#next = new Uint32Array(trie.children.length * this.#classCount)
    this.#found = linkStates(trie, this.#next, this.#classCount)
    const longest = entries.reduce((length, entry) => Math.max(length, entry.literal.length), 0)
    this.#scanLimit = entries.every((entry) => entry.atStart) ? longest : Number.POSITIVE_INFINITY
  }

  /** Marks in `words` the rules of every literal that stands in `text`. */
  scan(text: string, words: Int32Array): void {
    const classOf = this.#classOf
    const classCount = this.#classCount
    const next = this.#next
    const end = Math.min(text.length, this.#scanLimit)
    let state = 0
    for (let at = 0; at < end; at++) {
      state = next[state * classCount + classOf[text.charCodeAt(at) & 0xff]]
      const found = this.#found[state]
      if (found !== undefined) markFound(found, at + 1, text.length, words)
    }
  }
}

function markFound(found: readonly AutomatonEntry[], end: number, length: number, words: Int32Array): void {
  for (const entry of found) {
    if (entry.atStart && end !== entry.literal.length) continue
    if (entry.atEnd && end !== length) continue
    markAll(entry.rules, words)
  }
}

/** Class 0 is every byte that no literal holds; upper-case letters share the class of their lower case. */
function byteClasses(entries: readonly AutomatonEntry[]): Uint8Array {
  const classOf = new Uint8Array(256)
  let classes = 0
  for (const { literal } of entries) {
    for (let at = 0; at < literal.length; at++) {
      const byte = literal.charCodeAt(at)
      if (classOf[byte] === 0) classOf[byte] = ++classes
    }
  }
  for (let upper = 0x41; upper <= 0x5a; upper++) classOf[upper] = classOf[upper + 0x20]
  return classOf
}

interface Trie {
  /** Children of each state by class. */
  readonly children: Map<number, number>[]
  readonly ending: AutomatonEntry[][]
}

function buildTrie(entries: readonly AutomatonEntry[], classOf: Uint8Array): Trie {
  const trie: Trie = { children: [new Map()], ending: [[]] }
  for (const entry of entries) {
    let state = 0
    for (let at = 0; at < entry.literal.length; at++) {
      const byteClass = classOf[entry.literal.charCodeAt(at)]
      let child = trie.children[state].get(byteClass)
      if (child === undefined) {
        child = trie.children.push(new Map()) - 1
        trie.ending.push([])
        trie.children[state].set(byteClass, child)
      }
      state = child
    }
    trie.ending[state].push(entry)
  }
  return trie
}

/** Fills the transition table in breadth-first order, and gives what is found in each state, its suffixes included. */
function linkStates(trie: Trie, next: Uint32Array, classCount: number): (readonly AutomatonEntry[] | undefined)[] {
  const found: (readonly AutomatonEntry[] | undefined)[] = [undefined]
  /** State of the longest proper suffix of each state. */
  const suffix = new Uint32Array(trie.children.length)
  const queue = [0]
  for (const state of queue) {
    const row = state * classCount
    next.copyWithin(row, suffix[state] * classCount, (suffix[state] + 1) * classCount)
    for (const [byteClass, child] of trie.children[state]) {
      suffix[child] = state === 0 ? 0 : next[row + byteClass]
      next[row + byteClass] = child
      queue.push(child)
    }
    const inherited = found[suffix[state]] ?? []
    const all = [...trie.ending[state], ...(state === 0 ? [] : inherited)]
    found[state] = all.length === 0 ? undefined : all
  }
  return found
}
