/** Shape of the tables in `buffer`; together they are plain data that workers share and that can be kept on disk. */
export interface AutomatonTables {
  readonly buffer: SharedArrayBuffer
  readonly stateCount: number
  readonly classCount: number
  /** States from this one on end a literal, or have a suffix that does. */
  readonly firstOutput: number
}

/** The tables as arrays. */
export interface Automaton {
  /** Class of each byte; the two cases of a letter are one class. */
  readonly classOf: Uint8Array
  /** Next state: `state * classCount + class`. */
  readonly next: Uint16Array | Uint32Array
  readonly classCount: number
  readonly firstOutput: number
  /** From `firstOutput` on: the literal that ends at a state, or -1. */
  readonly literalOf: Int32Array
  /** From `firstOutput` on: the state of the longest proper suffix that has an output, or 0. */
  readonly linkOf: Int32Array
}

const NARROW_STATES = 65_536

/**
 * Builds the automaton of Aho and Corasick (1975) for distinct literals in lower case: all that occur in a value are found in one pass,
 * whatever their number. States stand in breadth-first order, those with an output last, so that one comparison finds them.
 */
export function buildAutomaton(literals: readonly string[]): AutomatonTables {
  const { classOf, classCount } = classify(literals)
  const trie = buildTrie(literals, classOf, classCount)
  const { order, failOf } = link(trie, classCount)
  const linkOf = outputLinks(trie, order, failOf)
  const hasOutput = (state: number): boolean => trie.literalOf[state] >= 0 || linkOf[state] !== 0
  const sorted = [...order.filter((state) => !hasOutput(state)), ...order.filter(hasOutput)]
  const numberOf = new Uint32Array(trie.stateCount)
  for (const [number, state] of sorted.entries()) numberOf[state] = number
  const firstOutput = sorted.findIndex(hasOutput)
  const tables = allocate(trie.stateCount, classCount, firstOutput < 0 ? trie.stateCount : firstOutput)
  const automaton = openAutomaton(tables)
  automaton.classOf.set(classOf)
  for (const [number, state] of sorted.entries()) {
    for (let byteClass = 0; byteClass < classCount; byteClass++) {
      automaton.next[number * classCount + byteClass] = numberOf[trie.next[state * classCount + byteClass]]
    }
    if (number < tables.firstOutput) continue
    automaton.literalOf[number - tables.firstOutput] = trie.literalOf[state]
    automaton.linkOf[number - tables.firstOutput] = linkOf[state] === 0 ? 0 : numberOf[linkOf[state]]
  }
  return tables
}

/** Arrays over the shared tables. */
export function openAutomaton(tables: AutomatonTables): Automaton {
  const { buffer, stateCount, classCount, firstOutput } = tables
  const outputs = stateCount - firstOutput
  const literalAt = 256
  const nextAt = literalAt + 8 * outputs
  const cells = stateCount * classCount
  return {
    classOf: new Uint8Array(buffer, 0, 256),
    literalOf: new Int32Array(buffer, literalAt, outputs),
    linkOf: new Int32Array(buffer, literalAt + 4 * outputs, outputs),
    next: stateCount <= NARROW_STATES ? new Uint16Array(buffer, nextAt, cells) : new Uint32Array(buffer, nextAt, cells),
    classCount,
    firstOutput,
  }
}

function allocate(stateCount: number, classCount: number, firstOutput: number): AutomatonTables {
  const cellBytes = stateCount <= NARROW_STATES ? 2 : 4
  const sizeBytes = 256 + 8 * (stateCount - firstOutput) + stateCount * classCount * cellBytes
  return { buffer: new SharedArrayBuffer(sizeBytes), stateCount, classCount, firstOutput }
}

/** Class 0 is every byte that no literal has. */
function classify(literals: readonly string[]): { readonly classOf: Uint8Array; readonly classCount: number } {
  const classOf = new Uint8Array(256)
  let classCount = 1
  for (const literal of literals) {
    for (let at = 0; at < literal.length; at++) {
      const byte = literal.charCodeAt(at)
      if (classOf[byte] === 0) classOf[byte] = classCount++
    }
  }
  for (let upper = 0x41; upper <= 0x5a; upper++) classOf[upper] = classOf[upper + 32]
  return { classOf, classCount }
}

interface Trie {
  /** -1 where there is no edge, until `link` fills it. */
  readonly next: Int32Array
  readonly literalOf: Int32Array
  readonly stateCount: number
}

function buildTrie(literals: readonly string[], classOf: Uint8Array, classCount: number): Trie {
  const limit = literals.reduce((sum, literal) => sum + literal.length, 1)
  const next = new Int32Array(limit * classCount).fill(-1)
  const literalOf = new Int32Array(limit).fill(-1)
  let stateCount = 1
  for (const [id, literal] of literals.entries()) {
    let state = 0
    for (let at = 0; at < literal.length; at++) {
      const cell = state * classCount + classOf[literal.charCodeAt(at)]
      if (next[cell] < 0) next[cell] = stateCount++
      state = next[cell]
    }
    literalOf[state] = id
  }
  return { next, literalOf, stateCount }
}

/** Fills in where a state goes on a byte that does not continue its literal; `order` is breadth-first. */
function link(trie: Trie, classCount: number): { readonly order: readonly number[]; readonly failOf: Int32Array } {
  const { next } = trie
  const failOf = new Int32Array(trie.stateCount)
  const order = [0]
  for (let at = 0; at < order.length; at++) {
    const state = order[at]
    for (let byteClass = 0; byteClass < classCount; byteClass++) {
      const cell = state * classCount + byteClass
      const fallback = state === 0 ? 0 : next[failOf[state] * classCount + byteClass]
      if (next[cell] < 0) next[cell] = fallback
      else {
        failOf[next[cell]] = fallback
        order.push(next[cell])
      }
    }
  }
  return { order, failOf }
}

function outputLinks(trie: Trie, order: readonly number[], failOf: Int32Array): Int32Array {
  const linkOf = new Int32Array(trie.stateCount)
  for (const state of order) {
    const fail = failOf[state]
    linkOf[state] = trie.literalOf[fail] >= 0 ? fail : linkOf[fail]
  }
  return linkOf
}
