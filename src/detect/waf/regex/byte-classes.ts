import { type ByteSet, CLASS_ESCAPES } from '#rules'
import type { PcreAssertion } from './pcre-node.ts'
import { ASSERTIONS, type Program, STEP } from './program.ts'

/** What assertions want to know of the byte beside a place. */
export const BESIDE = { edge: 0, other: 1, word: 2, newline: 3 } as const

/** Bytes that a program cannot tell apart are one class. */
export interface ByteClasses {
  readonly classOf: Uint8Array
  readonly count: number
  /** For each set of the program and each class 1 when the set holds the class: `set * count + class`. */
  readonly members: Uint8Array
  /** A value of BESIDE for each class, and as last one for the edge of the value. */
  readonly beside: Uint8Array
  /** The program has assertions: what `beside` says matters. */
  readonly asserts: boolean
}

const NEWLINE = 0x0a

export function classifyBytes(program: Program): ByteClasses {
  const asserts = program.steps.includes(STEP.assert)
  const tests: ByteSet[] = [...program.sets]
  if (asserts) tests.push(CLASS_ESCAPES.w, newlineSet())
  const classOf = new Uint8Array(256)
  const representatives: number[] = []
  const known = new Map<string, number>()
  for (let byte = 0; byte < 256; byte++) {
    let key = ''
    for (const set of tests) key += set[byte] === 1 ? '1' : '0'
    const existing = known.get(key)
    classOf[byte] = existing ?? representatives.length
    if (existing === undefined) {
      known.set(key, representatives.length)
      representatives.push(byte)
    }
  }
  const count = representatives.length
  const members = new Uint8Array(program.sets.length * count)
  for (const [id, set] of program.sets.entries()) {
    for (const [index, byte] of representatives.entries()) members[id * count + index] = set[byte]
  }
  const beside = Uint8Array.from([...representatives.map((byte) => besideOf(byte)), BESIDE.edge])
  return { classOf, count, members, beside, asserts }
}

export function besideOf(byte: number): number {
  if (byte === NEWLINE) return BESIDE.newline
  return CLASS_ESCAPES.w[byte] === 1 ? BESIDE.word : BESIDE.other
}

function newlineSet(): ByteSet {
  const set = new Uint8Array(256)
  set[NEWLINE] = 1
  return set
}

const HOLDS: Readonly<Record<PcreAssertion, (left: number, right: number) => boolean>> = {
  start: (left) => left === BESIDE.edge,
  end: (_left, right) => right === BESIDE.edge,
  // After a newline that is the last byte no line starts.
  'line-start': (left, right) => left === BESIDE.edge || (left === BESIDE.newline && right !== BESIDE.edge),
  'line-end': (_left, right) => right === BESIDE.edge || right === BESIDE.newline,
  word: (left, right) => (left === BESIDE.word) !== (right === BESIDE.word),
  'not-word': (left, right) => (left === BESIDE.word) === (right === BESIDE.word),
}

/** 1 where an assertion holds: `assertion * 16 + left * 4 + right`. */
const TRUTH = Uint8Array.from(
  ASSERTIONS.flatMap((name) =>
    Array.from({ length: 16 }, (_unused, beside) => (HOLDS[name](beside >> 2, beside & 3) ? 1 : 0)),
  ),
)

/** Whether an assertion (index in ASSERTIONS) holds between two neighbours, values of BESIDE. */
export function assertionHolds(assertion: number, left: number, right: number): boolean {
  return TRUTH[assertion * 16 + left * 4 + right] === 1
}
