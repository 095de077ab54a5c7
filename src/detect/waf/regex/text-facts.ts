import type { ByteSet } from '#rules'
import type { PcreNode } from './pcre-node.ts'

/**
 * What is known of each text that a part of a pattern matches, in lower case.
 * The empty string stands for "anything may stand here".
 */
export interface TextFacts {
  /** The text is one of these; undefined when there are too many. */
  readonly exact: ReadonlySet<string> | undefined
  /** It begins, and ends, with one of these. */
  readonly prefixes: ReadonlySet<string>
  readonly suffixes: ReadonlySet<string>
  /** It contains one of each of these. */
  readonly clauses: readonly ReadonlySet<string>[]
}

/** Chooses the one of several clauses that is most worth keeping. */
export type ChooseClause = (clauses: readonly ReadonlySet<string>[]) => ReadonlySet<string> | undefined

/** Strings that one set may hold while it is put together. */
const SET_LIMIT = 300
/** Bytes of a set of a pattern that are told apart; larger ones may be anything. */
const BYTES_LIMIT = 14
const OPTION_LIMIT = 60
const POWER_LIMIT = 100
/** Strings are cut when they grow longer: literals are short, and long ones cost memory while they are crossed. */
const LENGTH_LIMIT = 24

const ANYTHING: ReadonlySet<string> = new Set([''])
const UNKNOWN: TextFacts = { exact: undefined, prefixes: ANYTHING, suffixes: ANYTHING, clauses: [] }
const NOTHING: TextFacts = { exact: ANYTHING, prefixes: ANYTHING, suffixes: ANYTHING, clauses: [] }

export function factsOf(node: PcreNode, choose: ChooseClause): TextFacts {
  switch (node.kind) {
    case 'set':
      return setFacts(node.set)
    case 'sequence':
      return sequenceFacts(node.items.map((item) => factsOf(item, choose)))
    case 'choice':
      return choiceFacts(
        node.options.map((option) => factsOf(option, choose)),
        choose,
      )
    case 'capture':
    case 'atomic':
      return factsOf(node.item, choose)
    case 'repeat':
      return repeatFacts(factsOf(node.item, choose), node.min, node.max)
    case 'assertion':
    case 'look':
      return NOTHING
    case 'backreference':
      return UNKNOWN
  }
}

/** All that a text must contain, its known texts included. */
export function clausesOf({ exact, clauses }: TextFacts): readonly ReadonlySet<string>[] {
  return exact === undefined ? clauses : withClause(clauses, exact)
}

function exactly(texts: ReadonlySet<string>, clauses: readonly ReadonlySet<string>[] = []): TextFacts {
  return { exact: texts, prefixes: texts, suffixes: texts, clauses }
}

function setFacts(set: ByteSet): TextFacts {
  const texts = new Set<string>()
  for (let byte = 0; byte < 256; byte++) {
    if (set[byte] === 0) continue
    texts.add(String.fromCharCode(byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte))
    if (texts.size > BYTES_LIMIT) return UNKNOWN
  }
  return exactly(texts)
}

function sequenceFacts(parts: readonly TextFacts[]): TextFacts {
  let clauses: readonly ReadonlySet<string>[] = []
  let prefixes: ReadonlySet<string> | undefined
  /** What the text up to here ends with; its whole when `prefixes` is not known yet. */
  let ending = ANYTHING
  const breakOff = (next: ReadonlySet<string>): void => {
    clauses = withClause(clauses, ending)
    prefixes ??= ending
    ending = next
  }
  for (const part of parts) {
    clauses = [...clauses, ...part.clauses]
    const crossed = cross(ending, part.exact ?? part.prefixes)
    if (crossed === undefined) {
      breakOff(ANYTHING)
      ending = part.exact ?? part.prefixes
    } else ending = crossed
    if (part.exact === undefined) breakOff(part.suffixes)
  }
  if (prefixes === undefined) return exactly(ending, clauses)
  return { exact: undefined, prefixes, suffixes: ending, clauses: withClause(clauses, ending) }
}

function choiceFacts(options: readonly TextFacts[], choose: ChooseClause): TextFacts {
  if (options.every((option) => option.exact !== undefined && option.clauses.length === 0)) {
    const texts = union(options.map((option) => option.exact ?? ANYTHING))
    if (texts.size <= SET_LIMIT) return exactly(texts)
  }
  const chosen = options.map((option) => choose(clausesOf(option)))
  const clause = chosen.every((one) => one !== undefined) ? union(chosen) : undefined
  return {
    exact: undefined,
    prefixes: limited(union(options.map((option) => option.prefixes))),
    suffixes: limited(union(options.map((option) => option.suffixes))),
    clauses: clause === undefined ? [] : [clause],
  }
}

function repeatFacts(item: TextFacts, min: number, max: number): TextFacts {
  if (max === 0) return NOTHING
  if (min === 0) {
    const isOption =
      max === 1 && item.exact !== undefined && item.clauses.length === 0 && item.exact.size < OPTION_LIMIT
    return isOption ? exactly(union([item.exact ?? ANYTHING, ANYTHING])) : UNKNOWN
  }
  if (max === 1) return item
  const required = item.exact === undefined ? undefined : power(item.exact, min)
  if (required !== undefined && min === max) return exactly(required, item.clauses)
  const edge = required ?? item.exact
  const clauses = edge === undefined ? item.clauses : withClause(item.clauses, edge)
  return { exact: undefined, prefixes: edge ?? item.prefixes, suffixes: edge ?? item.suffixes, clauses }
}

function power(texts: ReadonlySet<string>, count: number): ReadonlySet<string> | undefined {
  let all: ReadonlySet<string> | undefined = ANYTHING
  for (let round = 0; round < count; round++) {
    all = cross(all, texts)
    if (all === undefined || all.size > POWER_LIMIT) return undefined
  }
  return all
}

/** Every text of the first followed by every one of the second; undefined when there are too many or they are too long. */
function cross(first: ReadonlySet<string>, second: ReadonlySet<string>): ReadonlySet<string> | undefined {
  if (first === ANYTHING) return second
  if (second === ANYTHING) return first
  if (first.size * second.size > SET_LIMIT) return undefined
  const texts = new Set<string>()
  for (const head of first) {
    for (const tail of second) {
      if (head.length + tail.length > LENGTH_LIMIT) return undefined
      texts.add(head + tail)
    }
  }
  return texts
}

function union(sets: readonly ReadonlySet<string>[]): ReadonlySet<string> {
  const all = new Set<string>()
  for (const set of sets) for (const text of set) all.add(text)
  return all
}

function limited(texts: ReadonlySet<string>): ReadonlySet<string> {
  return texts.size > SET_LIMIT || texts.has('') ? ANYTHING : texts
}

function withClause(
  clauses: readonly ReadonlySet<string>[],
  texts: ReadonlySet<string>,
): readonly ReadonlySet<string>[] {
  return texts.has('') ? clauses : [...clauses, texts]
}
