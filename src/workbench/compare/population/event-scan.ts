import {
  BACKSLASH,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  equalBytes,
  OPEN_OBJECT,
  QUOTE,
  skipBlanks,
  skipValue,
  stringEnd,
} from './json-scan.ts'

/** What a member of a line is: a wanted field by its number from 0 on, or one of these. */
const UNWANTED = -1
const TIME = -2
const FACTS = -3

/** The name of a member, and the names that came after it in earlier lines: lines of one writer are alike. */
interface Member {
  /** Without quotes. */
  readonly name: Buffer
  readonly meaning: number
  readonly isInFacts: boolean
  /** False for one that is forgotten at once. */
  readonly isKept: boolean
  likelyNext: Member | undefined
  otherNext: Member | undefined
}

/** Names that are remembered: whoever wrote the file can invent as many, and as long ones, as he likes. */
const MEMBERS = 1_000
const NAME_BYTES = 200

/**
 * Finds the values of wanted fields in lines `{ "time": ..., "facts": { "field.name": value } }` without making values of
 * anything. Fields may also stand beside `time`, without `facts`. Of several members of one name the last one counts, as it
 * does for a JSON parser; what stands inside of values is passed over by its brackets and quotes only.
 */
export class EventScan {
  /** By wanted field: where its value stands in the bytes that were scanned last; -1 when the line has none. */
  readonly starts: Int32Array
  readonly ends: Int32Array
  /** Numbers of the fields that the line has. */
  readonly found: number[] = []
  /** Where the time stands; -1 when there is none. */
  timeStart = -1
  timeEnd = -1
  readonly #meanings = new Map<string, number>()
  readonly #members = new Map<string, Member>()
  readonly #first: Member = memberOf(Buffer.alloc(0), UNWANTED, false, true)
  #bytes: Buffer = Buffer.alloc(0)
  #end = 0
  #last: Member = this.#first
  #nameEnd = 0

  /** @param names of the wanted fields, by number */
  constructor(names: readonly string[]) {
    this.starts = new Int32Array(names.length).fill(-1)
    this.ends = new Int32Array(names.length)
    for (const [number, name] of names.entries()) this.#meanings.set(name, number)
  }

  /** Names of facts that are no wanted fields, as far as they are remembered. */
  strangers(): readonly string[] {
    const strangers = [...this.#members.values()].filter(({ meaning, isInFacts }) => isInFacts && meaning === UNWANTED)
    return strangers.map(({ name }) => name.toString('latin1'))
  }

  /** False when the line is no JSON object, or broken where that can be seen without looking into values. */
  scan(bytes: Buffer, start: number, end: number): boolean {
    for (const number of this.found) this.starts[number] = -1
    this.found.length = 0
    this.timeStart = -1
    this.#bytes = bytes
    this.#end = end
    this.#last = this.#first
    const objectEnd = this.#scanObject(skipBlanks(bytes, start, end), false)
    return objectEnd >= 0 && skipBlanks(bytes, objectEnd, end) === end
  }

  /** Behind the object; -1 when it is none, broken or cut off. */
  #scanObject(start: number, isInFacts: boolean): number {
    const [bytes, end] = [this.#bytes, this.#end]
    if (start >= end || bytes[start] !== OPEN_OBJECT) return -1
    let at = skipBlanks(bytes, start + 1, end)
    if (bytes[at] === CLOSE_OBJECT && at < end) return at + 1
    while (at < end) {
      if (bytes[at] !== QUOTE) return -1
      const member = this.#memberAt(at + 1, isInFacts)
      if (member === undefined) return -1
      const colon = skipBlanks(bytes, this.#nameEnd + 1, end)
      if (bytes[colon] !== COLON) return -1
      const valueEnd = this.#readValue(member.meaning, skipBlanks(bytes, colon + 1, end))
      if (valueEnd < 0) return -1
      at = skipBlanks(bytes, valueEnd, end)
      if (bytes[at] === CLOSE_OBJECT && at < end) return at + 1
      if (bytes[at] !== COMMA) return -1
      at = skipBlanks(bytes, at + 1, end)
    }
    return -1
  }

  #readValue(meaning: number, start: number): number {
    if (meaning === FACTS) return this.#scanObject(start, true)
    const end = skipValue(this.#bytes, start, this.#end)
    if (meaning >= 0) {
      if (this.starts[meaning] < 0) this.found.push(meaning)
      this.starts[meaning] = start
      this.ends[meaning] = end
    } else if (meaning === TIME) {
      this.timeStart = start
      this.timeEnd = end
    }
    return end
  }

  /** The member whose name begins at `start`; where the name ends is left in `#nameEnd`. Undefined when it is cut off. */
  #memberAt(start: number, isInFacts: boolean): Member | undefined {
    const last = this.#last
    const { likelyNext, otherNext } = last
    if (likelyNext !== undefined && this.#isAt(likelyNext, start, isInFacts)) return (this.#last = likelyNext)
    if (otherNext !== undefined && this.#isAt(otherNext, start, isInFacts)) {
      last.likelyNext = otherNext
      last.otherNext = likelyNext
      return (this.#last = otherNext)
    }
    const member = this.#lookUp(start, isInFacts)
    if (member?.isKept !== true) return member
    last.otherNext = last.likelyNext
    last.likelyNext = member
    return (this.#last = member)
  }

  #isAt({ name, isInFacts: isThere }: Member, start: number, isInFacts: boolean): boolean {
    const end = start + name.length
    if (isThere !== isInFacts || end >= this.#end || this.#bytes[end] !== QUOTE) return false
    if (!equalBytes(this.#bytes, start, end, name)) return false
    this.#nameEnd = end
    return true
  }

  #lookUp(start: number, isInFacts: boolean): Member | undefined {
    const quote = stringEnd(this.#bytes, start - 1, this.#end) - 1
    if (quote < 0) return undefined
    this.#nameEnd = quote
    const name = this.#bytes.subarray(start, quote)
    const isEscaped = name.includes(BACKSLASH)
    const text = isEscaped ? unescaped(name) : name.toString('latin1')
    if (text === undefined) return undefined
    const meaning = this.#meaningOf(text, isInFacts)
    const key = `${isInFacts} ${text}`
    // The same name written with escapes is other bytes each time.
    const isKept = !isEscaped && name.length <= NAME_BYTES && this.#members.size < MEMBERS
    const known = isEscaped ? undefined : this.#members.get(key)
    if (known !== undefined) return known
    const member = memberOf(name, meaning, isInFacts, isKept)
    if (isKept) this.#members.set(key, member)
    return member
  }

  #meaningOf(name: string, isInFacts: boolean): number {
    if (!isInFacts && name === 'time') return TIME
    if (!isInFacts && name === 'facts') return FACTS
    return this.#meanings.get(name) ?? UNWANTED
  }
}

function memberOf(name: Buffer, meaning: number, isInFacts: boolean, isKept: boolean): Member {
  const likelyNext = undefined
  // The bytes that were scanned are written over by others.
  return { name: Buffer.from(name), meaning, isInFacts, isKept, likelyNext, otherNext: likelyNext }
}

function unescaped(name: Buffer): string | undefined {
  try {
    return String(JSON.parse(`"${name.toString('utf8')}"`))
  } catch {
    return undefined
  }
}
