import { DNS_HEADER_BYTES, type DnsRecordQuestion } from './message.ts'
import { type DnsFault, NameReader } from './name.ts'
import { RECORD_TYPE } from './record-type.ts'

/** Sections of a message in the order of the wire. */
export const SECTION = { answer: 1, authority: 2, additional: 3 } as const

const RECORD_FIXED_BYTES = 10
/** Where in the data of a type its first name stands. */
const NAME_IN_DATA: Readonly<Record<number, number>> = {
  [RECORD_TYPE.NS]: 0,
  [RECORD_TYPE.CNAME]: 0,
  [RECORD_TYPE.SOA]: 0,
  [RECORD_TYPE.PTR]: 0,
  [RECORD_TYPE.MX]: 2,
  [RECORD_TYPE.SRV]: 6,
  [RECORD_TYPE.DNAME]: 0,
}
const names = new NameReader()

/**
 * Walks over a message without making objects of it: the same scanner serves for one message after the other, and the bytes
 * have to stay as they are meanwhile. Never throws, reads nothing outside of the message, and takes time linear in its length.
 */
export class DnsScanner {
  bytes: Uint8Array = new Uint8Array(0)
  start = 0
  limit = 0
  id = 0
  flags = 0
  questionCount = 0
  answerCount = 0
  authorityCount = 0
  additionalCount = 0
  /** Name of the question in lower case; '' without a question. */
  questionName = ''
  questionType = -1
  questionClass = -1
  /** Where the first question ends, or the header without one. */
  questionEnd = 0

  /** Of the record that `next` found. */
  section = 0
  recordAt = 0
  type = -1
  class = -1
  ttlSeconds = 0
  dataAt = 0
  dataEnd = 0

  fault: DnsFault | undefined = undefined

  #at = 0
  #left = 0

  /**
   * Reads the header and the first question of the message that stands in `bytes` from `start` up to `limit`. False with
   * `fault` when that is not possible; the header was read unless it is itself cut off.
   */
  begin(bytes: Uint8Array, start: number, limit: number): boolean {
    this.bytes = bytes
    this.start = start
    this.limit = limit
    this.fault = undefined
    this.questionName = ''
    this.questionType = -1
    this.questionClass = -1
    this.section = 0
    this.#left = 0
    if (limit - start < DNS_HEADER_BYTES) return this.#fail('truncated')
    this.id = this.uint16(start)
    this.flags = this.uint16(start + 2)
    this.questionCount = this.uint16(start + 4)
    this.answerCount = this.uint16(start + 6)
    this.authorityCount = this.uint16(start + 8)
    this.additionalCount = this.uint16(start + 10)
    this.questionEnd = start + DNS_HEADER_BYTES
    this.#at = this.questionEnd
    return this.questionCount === 0 || this.#firstQuestion()
  }

  #firstQuestion(): boolean {
    const name = names.read(this.bytes, this.#at, this.start, this.limit)
    if (names.fault !== undefined) return this.#fail(names.fault)
    if (names.end + 4 > this.limit) return this.#fail('truncated')
    this.questionName = name
    this.questionType = this.uint16(names.end)
    this.questionClass = this.uint16(names.end + 2)
    this.questionEnd = names.end + 4
    this.#at = this.questionEnd
    return true
  }

  /** Goes to the next record of any section. False after the last, or with `fault`. */
  next(): boolean {
    if (this.fault !== undefined) return false
    if (this.section === 0 && !this.#passQuestions()) return false
    while (this.#left === 0) {
      if (this.section >= SECTION.additional) return false
      this.section++
      this.#left = this.section === SECTION.authority ? this.authorityCount : this.additionalCount
    }
    this.#left--
    this.recordAt = this.#at
    if (!names.skip(this.bytes, this.#at, this.start, this.limit)) return this.#fail(names.fault!)
    const at = names.end
    if (at + RECORD_FIXED_BYTES > this.limit) return this.#fail('truncated')
    this.type = this.uint16(at)
    this.class = this.uint16(at + 2)
    this.ttlSeconds = this.uint32(at + 4)
    this.dataAt = at + RECORD_FIXED_BYTES
    this.dataEnd = this.dataAt + this.uint16(at + 8)
    if (this.dataEnd > this.limit) return this.#fail('truncated')
    this.#at = this.dataEnd
    return true
  }

  /**
   * Whether the name in the data of the record at hand, of a type that names somebody, can be read. `fault` says why not.
   */
  hasReadableData(): boolean {
    const offset = NAME_IN_DATA[this.type]
    if (offset === undefined || names.skip(this.bytes, this.dataAt + offset, this.start, this.dataEnd)) return true
    return this.#fail(names.fault!)
  }

  #passQuestions(): boolean {
    for (let left = this.questionCount - 1; left > 0; left--) {
      if (!names.skip(this.bytes, this.#at, this.start, this.limit)) return this.#fail(names.fault!)
      this.#at = names.end + 4
      if (this.#at > this.limit) return this.#fail('truncated')
    }
    this.section = SECTION.answer
    this.#left = this.answerCount
    return true
  }

  /** Where reading stands; behind the last record, the end of the message. */
  get position(): number {
    return this.#at
  }

  /** The name of the record that `next` found. '' with `fault` when it cannot be read. */
  recordName(): string {
    return this.nameAt(this.recordAt)
  }

  /** A name that stands in the message. '' with `fault` when it cannot be read. */
  nameAt(at: number): string {
    const name = names.read(this.bytes, at, this.start, this.limit)
    if (names.fault !== undefined) this.#fail(names.fault)
    return name
  }

  /** A question that begins at `at`, and where it ends; undefined with `fault` when it cannot be read. */
  questionAt(at: number): { readonly question: DnsRecordQuestion; readonly end: number } | undefined {
    const name = this.nameAt(at)
    if (this.fault !== undefined) return undefined
    const typeAt = names.end
    if (typeAt + 4 > this.limit) {
      this.fault = 'truncated'
      return undefined
    }
    return { question: { name, type: this.uint16(typeAt), class: this.uint16(typeAt + 2) }, end: typeAt + 4 }
  }

  uint16(at: number): number {
    return (this.bytes[at] << 8) | this.bytes[at + 1]
  }

  uint32(at: number): number {
    const { bytes } = this
    return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0
  }

  #fail(fault: DnsFault): false {
    this.fault = fault
    return false
  }
}
