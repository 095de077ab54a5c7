import { DnsScanner, isResponse } from '#wire'
import { type AnswerContents, readAnswerContents } from '../dns/read-answer.ts'

const scanner = new DnsScanner()

/** A DNS message that stands in a packet. */
export class DnsMessageSeen {
  readonly kind = 'dns'
  readonly id: number
  readonly flags: number
  readonly name: string | undefined
  readonly type: number
  readonly answerCount: number
  readonly #bytes: Buffer
  readonly #start: number
  readonly #end: number
  #contents: AnswerContents | undefined = undefined

  private constructor(bytes: Buffer, start: number, end: number) {
    this.id = scanner.id
    this.flags = scanner.flags
    this.name = scanner.questionName === '' ? undefined : scanner.questionName
    this.type = scanner.questionType
    this.answerCount = scanner.answerCount
    this.#bytes = bytes
    this.#start = start
    this.#end = end
  }

  /** Undefined when header and question cannot be read. */
  static read(bytes: Buffer, start: number, end: number): DnsMessageSeen | undefined {
    return scanner.begin(bytes, start, end) ? new DnsMessageSeen(bytes, start, end) : undefined
  }

  /** What an answer holds; undefined for a query. */
  get contents(): AnswerContents | undefined {
    if (!isResponse(this.flags)) return undefined
    if (this.#contents === undefined) {
      scanner.begin(this.#bytes, this.#start, this.#end)
      this.#contents = readAnswerContents(scanner)
    }
    return this.#contents
  }
}
