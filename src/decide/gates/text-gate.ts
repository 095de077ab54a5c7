import { parseRegex, parseWildcard, type RegexNode } from '#rules'
import { lowerAscii } from '#wire'
import { everyGate, type Gate, someGate, type Subject, type TextProbe } from './gate.ts'

/** Longer literals are cut: the automaton shall stay small, and this much is selective enough. */
const LITERAL_LIMIT = 24

/** How often a literal of that length stands somewhere in a text, by guess; longer ones count as the last. */
const CHANCE_BY_LENGTH = [1, 0.6, 0.35, 0.2, 0.1, 0.06, 0.04] as const

/** Repetitions of a literal that are written out. */
const REPEAT_LIMIT = 16

export interface Anchors {
  readonly atStart: boolean
  readonly atEnd: boolean
}

export const ANYWHERE: Anchors = { atStart: false, atEnd: false }
export const WHOLE: Anchors = { atStart: true, atEnd: true }

/** The gate of a literal in the text of `subject`; unknown for the empty literal, which stands in every text. */
export function literalGate(subject: Subject, written: string, anchors: Anchors): TextProbe | undefined {
  if (written === '') return undefined
  const { literal, atStart, atEnd } = shortened(lowerAscii(written), anchors)
  const anywhere = CHANCE_BY_LENGTH[Math.min(literal.length, CHANCE_BY_LENGTH.length - 1)]
  const chance = anywhere * (atStart ? 0.5 : 1) * (atEnd ? 0.5 : 1)
  const id = `${subject.key} text ${atStart ? '^' : ''}${literal}${atEnd ? '$' : ''}`
  return { kind: 'text', subject, id, chance, literal, atStart, atEnd }
}

function shortened(literal: string, { atStart, atEnd }: Anchors): Anchors & { readonly literal: string } {
  if (literal.length <= LITERAL_LIMIT) return { literal, atStart, atEnd }
  if (atEnd && !atStart) return { literal: literal.slice(-LITERAL_LIMIT), atStart: false, atEnd: true }
  return { literal: literal.slice(0, LITERAL_LIMIT), atStart, atEnd: false }
}

/** The gate of a wildcard pattern: every literal between its stars. */
export function wildcardGate(subject: Subject, pattern: string): Gate | undefined {
  const wildcard = parseWildcard(pattern)
  if (typeof wildcard === 'string') return undefined
  const lastPart = wildcard.parts.length - 1
  return everyGate(
    wildcard.parts.map((part, i) => literalGate(subject, part, { atStart: i === 0, atEnd: i === lastPart })),
  )
}

/** The gate of a regular expression: the literals that every matching text holds. */
export function regexGate(subject: Subject, pattern: string): Gate | undefined {
  const parsed = parseRegex(pattern)
  return parsed.ok ? gateOfTree(subject, parsed.regex.tree) : undefined
}

function gateOfTree(subject: Subject, tree: RegexNode): Gate | undefined {
  const literals = new RequiredLiterals(subject)
  literals.visit(tree)
  return literals.finish()
}

/** Collects runs of bytes that stand next to each other in every match. */
class RequiredLiterals {
  readonly #subject: Subject
  readonly #gates: (Gate | undefined)[] = []
  #run = ''
  #atStart = false

  constructor(subject: Subject) {
    this.#subject = subject
  }

  visit(node: RegexNode): void {
    switch (node.kind) {
      case 'set':
        return this.#visitSet(node.set)
      case 'sequence':
        for (const item of node.items) this.visit(item)
        return
      case 'group':
        return this.visit(node.item)
      case 'repeat':
        return this.#visitRepeat(node.item, node.min, node.max)
      case 'choice':
        this.#endRun(false)
        this.#gates.push(someGate(node.options.map((option) => gateOfTree(this.#subject, option))))
        return
      case 'assertion':
        if (node.assertion === 'start') this.#endRun(false)
        if (node.assertion === 'start') this.#atStart = true
        if (node.assertion === 'end') this.#endRun(true)
        return
    }
  }

  finish(): Gate | undefined {
    this.#endRun(false)
    return everyGate(this.#gates)
  }

  #visitSet(set: Uint8Array): void {
    const byte = onlyLetter(set)
    if (byte === undefined) this.#endRun(false)
    else this.#run += byte
  }

  /** The first repetition stands next to what is before it; what comes after a varying number does not. */
  #visitRepeat(item: RegexNode, min: number, max: number): void {
    if (min === 0) return this.#endRun(false)
    const isWrittenOut = min === max && min <= REPEAT_LIMIT
    for (let i = 0; i < (isWrittenOut ? min : 1); i++) this.visit(item)
    if (!isWrittenOut) this.#endRun(false)
  }

  #endRun(atEnd: boolean): void {
    this.#gates.push(literalGate(this.#subject, this.#run, { atStart: this.#atStart, atEnd }))
    this.#run = ''
    this.#atStart = false
  }
}

/** The one byte of a set, in lower case; undefined when the set holds several that are not the two cases of one letter. */
function onlyLetter(set: Uint8Array): string | undefined {
  let letter: string | undefined
  for (let byte = 0; byte < 256; byte++) {
    if (set[byte] === 0) continue
    const folded = lowerAscii(String.fromCharCode(byte))
    if (letter !== undefined && letter !== folded) return undefined
    letter = folded
  }
  return letter
}
