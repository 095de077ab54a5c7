import { GraphqlTokens } from './graphql-tokens.ts'
import type { BodyLimits } from './limits.ts'
import { PairCollector } from './pair-collector.ts'

/** Shape and strings of a GraphQL document: what makes it expensive, and what its values hold. */
export interface GraphqlDocument {
  /** Deepest nesting of selections. */
  readonly depth: number
  readonly fieldCount: number
  readonly aliasCount: number
  readonly directiveCount: number
  readonly operationCount: number
  readonly fragmentCount: number
  /** Asks for the schema (`__schema`, `__type`). */
  readonly introspection: boolean
  /** String values: `graphql.field.argument`, text ... */
  readonly strings: readonly string[]
  /** What is wrong with it, with its place; undefined when its tokens and brackets fit. */
  readonly error: string | undefined
}

/** Counts what a GraphQL document asks for and gathers its strings; the document needs no schema and is not validated. */
export function parseGraphql(text: string, limits: BodyLimits): GraphqlDocument {
  return new GraphqlReader(text, limits).read()
}

/** What an open bracket encloses; `selection` lists fields, all others hold values. */
type Bracket = 'selection' | 'object' | 'arguments' | 'list'

const CLOSED_BY: Readonly<Record<Bracket, string>> = { selection: '}', object: '}', arguments: ')', list: ']' }
const OPERATIONS: ReadonlySet<string> = new Set(['query', 'mutation', 'subscription'])
const SCHEMA_FIELDS: ReadonlySet<string> = new Set(['__schema', '__type'])

class GraphqlReader {
  readonly #tokens: GraphqlTokens
  readonly #strings: PairCollector
  readonly #maxDepth: number
  readonly #open: Bracket[] = []
  #error: string | undefined = undefined
  #selections = 0
  #depth = 0
  #fieldCount = 0
  #aliasCount = 0
  #directiveCount = 0
  #operationCount = 0
  #fragmentCount = 0
  #introspection = false
  #field = ''
  #argument = ''
  /** A definition has begun and its selection has not. */
  #isHeadOpen = false
  /** The next name is no field: it follows `...`, `on`, `@` or `$`. */
  #isReference = false

  constructor(text: string, limits: BodyLimits) {
    this.#tokens = new GraphqlTokens(text)
    this.#strings = new PairCollector('graphql', limits, text.length)
    this.#maxDepth = limits.depth
  }

  read(): GraphqlDocument {
    while (this.#error === undefined && this.#tokens.next()) this.#readToken()
    if (this.#open.length > 0) this.#fail('bracket without end')
    this.#strings.finish()
    return {
      depth: this.#depth,
      fieldCount: this.#fieldCount,
      aliasCount: this.#aliasCount,
      directiveCount: this.#directiveCount,
      operationCount: this.#operationCount,
      fragmentCount: this.#fragmentCount,
      introspection: this.#introspection,
      strings: this.#strings.pairs,
      error: this.#tokens.error ?? this.#error,
    }
  }

  #readToken(): void {
    const { kind, text } = this.#tokens
    if (kind === 'name') this.#readName(text)
    else if (kind === 'string') this.#addString(text)
    else if (kind === 'spread') this.#isReference = true
    else if (kind === 'punctuator') this.#readPunctuator(text)
  }

  #readName(name: string): void {
    const enclosing = this.#open.at(-1)
    if (this.#isReference) {
      // After `... on` stands the name of a type.
      this.#isReference = name === 'on'
    } else if (enclosing === undefined) {
      this.#readDefinitionWord(name)
    } else if (enclosing !== 'selection') {
      if (this.#tokens.isBeforeColon) this.#argument = name
    } else if (this.#tokens.isBeforeColon) {
      this.#aliasCount++
    } else {
      this.#fieldCount++
      this.#field = name
      if (SCHEMA_FIELDS.has(name)) this.#introspection = true
    }
  }

  #readDefinitionWord(word: string): void {
    if (this.#isHeadOpen) return
    this.#isHeadOpen = true
    if (OPERATIONS.has(word)) this.#operationCount++
    else if (word === 'fragment') this.#fragmentCount++
  }

  #addString(value: string): void {
    const name = `graphql.${this.#field}.${this.#argument}`
    this.#strings.add(this.#strings.affords(name.length) ? name : 'graphql', value)
  }

  #readPunctuator(mark: string): void {
    if (mark === '{') this.#openBrace()
    else if (mark === '(') this.#push('arguments')
    else if (mark === '[') this.#push('list')
    else if (mark === '}' || mark === ')' || mark === ']') this.#close(mark)
    else if (mark === '@') {
      this.#directiveCount++
      this.#isReference = true
    } else if (mark === '$') {
      this.#isReference = true
    }
  }

  #openBrace(): void {
    const enclosing = this.#open.at(-1)
    if (enclosing !== undefined && enclosing !== 'selection') {
      this.#push('object')
      return
    }
    // A document may begin with the bare selection of its only query.
    if (enclosing === undefined && !this.#isHeadOpen) this.#operationCount++
    this.#isHeadOpen = false
    this.#isReference = false
    this.#selections++
    this.#depth = Math.max(this.#depth, this.#selections)
    this.#push('selection')
  }

  #push(bracket: Bracket): void {
    if (this.#open.length >= this.#maxDepth) this.#fail(`deeper than ${this.#maxDepth}`)
    this.#open.push(bracket)
  }

  #close(mark: string): void {
    const bracket = this.#open.pop()
    if (bracket === undefined || CLOSED_BY[bracket] !== mark) this.#fail('unexpected closing bracket')
    else if (bracket === 'selection') this.#selections--
  }

  #fail(problem: string): void {
    this.#error ??= `GraphQL: ${problem} at byte ${this.#tokens.start}`
  }
}
