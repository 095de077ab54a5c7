import { fieldValue, lowerAscii } from '#wire'
import type { BodyContents, BodyProcessor } from '../body-contents.ts'
import { byteString } from '../body/byte-text.ts'
import { type CodingProblem, decodeContent } from '../body/content-coding.ts'
import { emptyContents } from '../body/contents.ts'
import type { GraphqlDocument } from '../body/graphql.ts'
import { type BodyLimits, DEFAULT_BODY_LIMITS } from '../body/limits.ts'
import { nestedTexts } from '../body/nested.ts'
import { parseBodyAs } from '../body/parse-body.ts'
import { printableRuns } from '../body/printable-runs.ts'
import { processorFor } from '../body/processor.ts'
import { type FormContents, parseUrlencoded } from '../body/urlencoded.ts'
import type { WafBody, WafRequest } from '../message.ts'
import { charsetOf } from './charset.ts'
import { appendCookies, decodeCookies } from './cookies.ts'
import { addBodyParameters, addHeadParameters } from './collect-parameters.ts'
import { graphqlOfBody, graphqlOfQuery } from './graphql.ts'
import { ParameterCollector, type ParameterList } from './parameters.ts'
import { decodePath, normalizePath } from './paths.ts'
import { splitTarget, type TargetParts } from './target.ts'

const NO_BYTES = new Uint8Array(0)
const NO_BODY = emptyContents('', 0)

// The head and the claims of a token (RFC 6750, RFC 7519) are chosen by who sends it until its signature is checked.
const BEARER = /^bearer +(\S+)$/i

/**
 * What rules read of one request, taken apart once and only when somebody asks: the SecLang engine and our own rules share it.
 * All strings are bytes (latin1), and slices of what came in: who keeps one for longer than the request should keep a copy. Lists
 * of pairs are flat: name, value, name, value.
 */
export class RequestParts {
  readonly request: WafRequest
  readonly limits: BodyLimits
  /** Why the body could not be decoded whole, when it has a content coding. */
  codingProblem: CodingProblem | undefined = undefined

  #target: TargetParts | undefined = undefined
  #query: FormContents | undefined = undefined
  #cookies: string[] | undefined = undefined
  #decodedCookies: readonly string[] | undefined = undefined
  #headerNames: string[] | undefined = undefined
  #naturalProcessor: BodyProcessor | undefined = undefined
  #processor: BodyProcessor = ''
  #given: WafBody | undefined = undefined
  #bodyBytes: Uint8Array = NO_BYTES
  #isComplete = true
  #bodyText: string | undefined = undefined
  #body: BodyContents | undefined = undefined
  #headNested: readonly string[] | undefined = undefined
  // Boxed, so that the absence of a document is remembered too.
  #queryGraphql: { readonly document: GraphqlDocument | undefined } | undefined = undefined
  #bodyGraphql: { readonly document: GraphqlDocument | undefined } | undefined = undefined
  #parameters: ParameterCollector | undefined = undefined
  #headParameterCount = 0
  #hasBodyParameters = false

  constructor(request: WafRequest, limits: BodyLimits = DEFAULT_BODY_LIMITS) {
    this.request = request
    this.limits = limits
  }

  get target(): TargetParts {
    return (this.#target ??= splitTarget(this.request.target))
  }

  /** The path with its escapes decoded once. */
  get decodedPath(): string {
    return decodePath(this.target.path)
  }

  /**
   * The path as the most obliging server would read it: decoded until nothing changes (at most three times), backslashes as
   * slashes, doubled slashes and dot segments resolved.
   */
  get normalizedPath(): string {
    return normalizePath(this.target.path)
  }

  /** ARGS_GET: decoded names and values of the query, empty pieces skipped, duplicates kept. */
  get queryPairs(): readonly string[] {
    return this.#queryForm.pairs
  }

  /** `queryPairs` before decoding, in step. */
  get rawQueryPairs(): readonly string[] {
    return this.#queryForm.rawPairs
  }

  /** Percent signs of the query that begin no escape. */
  get invalidQueryEscapes(): number {
    return this.#queryForm.invalid
  }

  get #queryForm(): FormContents {
    return (this.#query ??= parseUrlencoded(this.target.query, this.limits.pairs))
  }

  /** Cookies of all Cookie fields in order, as sent: quotes and escapes stay (version 0 format). */
  get cookies(): readonly string[] {
    return (this.#cookies ??= this.#readCookies())
  }

  #readCookies(): string[] {
    const { fields } = this.request
    const names = this.headerNames
    const cookies: string[] = []
    for (let i = 0; i < names.length; i++) if (names[i] === 'cookie') appendCookies(fields[i * 2 + 1], cookies)
    return cookies
  }

  /** `cookies` with the escapes in their values decoded once. */
  get decodedCookies(): readonly string[] {
    return (this.#decodedCookies ??= decodeCookies(this.cookies))
  }

  /** Field names in lower case, in the order of `request.fields`, one for each field. */
  get headerNames(): readonly string[] {
    return (this.#headerNames ??= lowerNames(this.request.fields))
  }

  /** Value of the first field of a lower-case name; undefined without it. */
  header(lowerName: string): string | undefined {
    return fieldValue(this.request.fields, lowerName)
  }

  /** Value of Content-Type, empty without one. */
  get contentType(): string {
    return this.header('content-type') ?? ''
  }

  /** Lower-case charset of the Content-Type, without quotes; undefined when it names none. */
  get charset(): string | undefined {
    return charsetOf(this.contentType)
  }

  /** The parser that fits the Content-Type: REQBODY_PROCESSOR before any `ctl`. */
  get naturalProcessor(): BodyProcessor {
    return (this.#naturalProcessor ??= processorFor(this.contentType))
  }

  /**
   * Takes the body, its content coding still on. `processor` names the parser when a rule chose one, else the type decides.
   * To be called before anything that reads the body; once more with another processor parses again.
   */
  setBody(body: WafBody, processor: BodyProcessor = this.naturalProcessor): void {
    if (this.#given !== body) this.#decode(body)
    this.#given = body
    this.#processor = processor
    this.#body = undefined
    this.#bodyGraphql = undefined
    this.#hasBodyParameters = false
    this.#parameters?.truncate(this.#headParameterCount)
  }

  #decode(body: WafBody): void {
    const encoding = this.header('content-encoding')
    this.#bodyText = undefined
    this.#bodyBytes = body.bytes
    this.#isComplete = body.complete
    this.codingProblem = undefined
    if (encoding === undefined || body.bytes.length === 0) return
    const decoded = decodeContent(encoding, body.bytes, this.limits)
    this.#bodyBytes = decoded.bytes
    this.#isComplete = body.complete && !decoded.truncated
    // Of a body that is still coming nobody expects the end.
    this.codingProblem = decoded.problem === 'incomplete' && !body.complete ? undefined : decoded.problem
  }

  /** Text that stands in the clear in a body with a content coding, which some servers read without decoding; else empty. */
  get codedText(): string {
    const coded = this.#given?.bytes
    return coded === undefined || coded === this.#bodyBytes ? '' : printableRuns(byteString(coded))
  }

  /** The body after content coding, as bytes. */
  get bodyBytes(): Uint8Array {
    return this.#bodyBytes
  }

  /** True when `bodyBytes` is the whole body. */
  get isBodyComplete(): boolean {
    return this.#isComplete
  }

  /** The body after content coding, as text: REQUEST_BODY. Empty without a body. */
  get bodyText(): string {
    return (this.#bodyText ??= byteString(this.#bodyBytes))
  }

  /** What is in the body; empty contents before `setBody`. */
  get body(): BodyContents {
    if (this.#given === undefined) return NO_BODY
    return (this.#body ??= this.#parse())
  }

  #parse(): BodyContents {
    const { contentType } = this
    const body = { contentType, bytes: this.#bodyBytes, text: this.bodyText, complete: this.#isComplete }
    return parseBodyAs(this.#processor, body, this.limits)
  }

  /** The GraphQL document in the body or else in the URL; undefined without one. */
  get graphql(): GraphqlDocument | undefined {
    return this.bodyGraphql ?? this.queryGraphql
  }

  get queryGraphql(): GraphqlDocument | undefined {
    this.#queryGraphql ??= { document: graphqlOfQuery(this) }
    return this.#queryGraphql.document
  }

  get bodyGraphql(): GraphqlDocument | undefined {
    this.#bodyGraphql ??= { document: graphqlOfBody(this) }
    return this.#bodyGraphql.document
  }

  /**
   * Texts inside arguments, cookies and bearer tokens, one level down: name of the outer value, text. Those of the body are in
   * `body.nested`.
   */
  get headNested(): readonly string[] {
    return (this.#headNested ??= this.#readHeadNested())
  }

  #readHeadNested(): readonly string[] {
    const nested = [...nestedTexts(this.queryPairs, this.limits), ...nestedTexts(this.decodedCookies, this.limits)]
    const authorization = this.headerNames.indexOf('authorization')
    const value = authorization < 0 ? '' : this.request.fields[authorization * 2 + 1]
    const token = BEARER.exec(value)?.[1]
    if (token !== undefined) nested.push(...nestedTexts(['authorization', token], this.limits))
    return nested
  }

  /**
   * Every value that the client controls, for rules that look at all of them. Those of the head come first and stay where they are;
   * `setBody` adds those of the body.
   */
  parameters(): ParameterList {
    const list = (this.#parameters ??= this.#headParameters())
    if (this.#given !== undefined && !this.#hasBodyParameters) {
      this.#hasBodyParameters = true
      addBodyParameters(this, list)
    }
    return list
  }

  #headParameters(): ParameterCollector {
    const list = new ParameterCollector()
    addHeadParameters(this, list)
    this.#headParameterCount = list.values.length
    return list
  }
}

function lowerNames(fields: readonly string[]): string[] {
  const names: string[] = []
  for (let at = 0; at < fields.length; at += 2) names.push(lowerAscii(fields[at]))
  return names
}
