import { fieldValue, mediaType } from '#wire'
import { byteString } from '../body/byte-text.ts'
import { type CodingLimits, type CodingProblem, decodeContent } from '../body/content-coding.ts'
import { DEFAULT_BODY_LIMITS } from '../body/limits.ts'
import type { WafBody, WafResponse } from '../message.ts'
import { charsetOf } from './charset.ts'

/** Types beside `text/` whose bytes are text; event streams have no end to wait for. */
const TEXT_TYPE =
  /^(?:text\/(?!event-stream$)|application\/(?:[\w.+-]+\+)?(?:json|xml)$|application\/(?:x-)?(?:javascript|ecmascript|ndjson|jsonl|yaml|sql|httpd-php|sh)$|application\/(?:x-www-form-urlencoded|graphql|csp-report|jwt)$|image\/svg\+xml$|message\/http$)/

const NO_BYTES = new Uint8Array(0)

/** What rules read of an origin's answer. All strings are bytes. */
export class ResponseParts {
  readonly response: WafResponse
  readonly limits: CodingLimits
  codingProblem: CodingProblem | undefined = undefined

  #mediaType: string | undefined = undefined
  #bodyBytes: Uint8Array = NO_BYTES
  #bodyText: string | undefined = undefined

  constructor(response: WafResponse, limits: CodingLimits = DEFAULT_BODY_LIMITS) {
    this.response = response
    this.limits = limits
  }

  /** Value of the first field of a lower-case name; undefined without it. */
  header(lowerName: string): string | undefined {
    return fieldValue(this.response.fields, lowerName)
  }

  /** Media type in lower case, without parameters; empty without a Content-Type. */
  get mediaType(): string {
    return (this.#mediaType ??= mediaType(this.header('content-type') ?? '') ?? '')
  }

  get charset(): string | undefined {
    return charsetOf(this.header('content-type') ?? '')
  }

  /**
   * True when the body is text that rules can read: no image, archive or event stream. Without a type it is text, as browsers
   * guess.
   */
  get isText(): boolean {
    return this.mediaType === '' || TEXT_TYPE.test(this.mediaType)
  }

  /** Takes the body, its content coding still on. */
  setBody(body: WafBody): void {
    const encoding = this.header('content-encoding')
    this.#bodyText = undefined
    this.#bodyBytes = body.bytes
    if (encoding === undefined || body.bytes.length === 0) return
    const decoded = decodeContent(encoding, body.bytes, this.limits)
    this.#bodyBytes = decoded.bytes
    this.codingProblem = decoded.problem === 'incomplete' && !body.complete ? undefined : decoded.problem
  }

  /** The body after content coding. */
  get bodyBytes(): Uint8Array {
    return this.#bodyBytes
  }

  /** The body after content coding, as bytes in a string; empty when it is no text. */
  get bodyText(): string {
    return (this.#bodyText ??= this.isText ? byteString(this.#bodyBytes) : '')
  }
}
