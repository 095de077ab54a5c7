import type { Field, PointName } from '#fields'
import type { Expression, Operand } from '../expression.ts'
import { RuleFault } from '../rule-error.ts'
import { tokenize } from './lexer.ts'
import type { Token } from './token.ts'

export interface ParseOptions {
  /** The fields that may be named. */
  readonly fields: ReadonlyMap<string, Field>
  /** The types of the named lists; without it every list name is accepted. */
  readonly lists?: ReadonlyMap<string, 'IP' | 'String' | 'Int'>
  /** Refuses fields that this point cannot read. */
  readonly point?: PointName
  /** `request` refuses fields that are unknown until the origin answered, `head` also those that the WAF finds out. */
  readonly stage?: 'head' | 'request' | 'response'
}

/** Longest expression, in characters. */
const TEXT_LIMIT = 65_536
const NESTING_LIMIT = 100

/** The rules of the grammar that need one another: conditions hold operands, and calls of functions hold both. */
export interface Grammar {
  readonly condition: (cursor: Cursor) => Expression
  readonly operand: (cursor: Cursor) => Operand
}

/** The place in the tokens, and what holds for it. */
export class Cursor {
  readonly options: ParseOptions
  readonly grammar: Grammar
  readonly #tokens: readonly Token[]
  #at = 0
  #depth = 0
  /** How many `any` and `all` stand around this place. */
  quantifiers = 0

  constructor(text: string, options: ParseOptions, grammar: Grammar) {
    if (text.length > TEXT_LIMIT) {
      const place = { start: 0, end: 1 }
      throw new RuleFault(
        'limit',
        `an expression may have ${TEXT_LIMIT} characters, this one has ${text.length}`,
        place,
        'put long sets into a named list',
      )
    }
    this.options = options
    this.grammar = grammar
    this.#tokens = tokenize(text)
  }

  peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)]
  }

  next(): Token {
    const token = this.peek()
    if (token.kind !== 'end') this.#at++
    return token
  }

  /** The last token that was taken. */
  previous(): Token {
    return this.#tokens[Math.max(0, this.#at - 1)]
  }

  isSign(text: string, ahead = 0): boolean {
    const token = this.peek(ahead)
    return token.kind === 'sign' && token.text === text
  }

  isWord(text: string, ahead = 0): boolean {
    const token = this.peek(ahead)
    return token.kind === 'word' && token.text === text
  }

  /** Takes the sign when it is next. */
  accept(sign: string): boolean {
    if (!this.isSign(sign)) return false
    this.next()
    return true
  }

  expect(sign: string, purpose: string): Token {
    if (this.isSign(sign)) return this.next()
    throw new RuleFault('syntax', `expected \`${sign}\` ${purpose}, found ${describeToken(this.peek())}`, this.peek())
  }

  /** Parses one level deeper. */
  nested<Result>(parse: () => Result): Result {
    if (++this.#depth > NESTING_LIMIT) {
      throw new RuleFault('limit', `expressions may be nested ${NESTING_LIMIT} deep`, this.peek())
    }
    const result = parse()
    this.#depth--
    return result
  }
}

const KIND_NAMES: Readonly<Record<Token['kind'], string>> = {
  word: 'the word',
  quoted: 'the string',
  raw: 'the string',
  number: 'the number',
  address: 'the address',
  list: 'the list',
  sign: '',
  end: 'the end',
}

/** A token as an error message names it. */
export function describeToken(token: Token): string {
  if (token.kind === 'end') return 'the end'
  const shown = token.text.length > 40 ? `${token.text.slice(0, 40)}...` : token.text
  const quoted =
    token.kind === 'quoted' || token.kind === 'raw' ? `"${shown}"` : token.kind === 'list' ? `$${shown}` : shown
  return `${KIND_NAMES[token.kind]} \`${quoted}\``.trim()
}
