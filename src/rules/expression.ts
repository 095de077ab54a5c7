import type { FieldType, ScalarType } from '#fields'
import type { IpAddress, IpRange } from '#wire'

/** Where a node stands in the text: UTF-16 offsets, end exclusive. */
export interface Span {
  readonly start: number
  readonly end: number
}

/**
 * A parsed and type-checked expression of type Bool. The tree is frozen plain data, so it can be posted to another thread.
 * Comparisons of an operand that is absent are false; `not` of that is true.
 */
export type Expression = LogicalNode | NotNode | ComparisonNode | MembershipNode | ListMembershipNode | TruthNode

export type LogicalOperator = 'and' | 'or' | 'xor'

/** Two or more operands joined by one operator, in the order written. */
export interface LogicalNode {
  readonly kind: 'Logical'
  readonly operator: LogicalOperator
  readonly operands: readonly Expression[]
  readonly span: Span
}

export interface NotNode {
  readonly kind: 'Not'
  readonly operand: Expression
  readonly span: Span
}

export type ComparisonOperator =
  | 'eq'
  | 'ne'
  | 'lt'
  | 'le'
  | 'gt'
  | 'ge'
  | 'contains'
  | 'matches'
  | 'wildcard'
  | 'strict_wildcard'
  /** `&`: true when any of the bits is set. */
  | 'bit_test'

/**
 * `left operator right`, both of the same scalar type; `left` is never a literal. When a side iterates (`[*]`), the node
 * yields Array<Bool> and may only stand inside `any(...)` or `all(...)`. `matches`, `wildcard` and `strict_wildcard` take a
 * String literal on the right. Strings are ordered by bytes, addresses by their 128-bit number (IPv4 mapped).
 */
export interface ComparisonNode {
  readonly kind: 'Comparison'
  readonly operator: ComparisonOperator
  readonly left: Operand
  readonly right: Operand
  readonly span: Span
}

/** `operand in { ... }`. */
export interface MembershipNode {
  readonly kind: 'Membership'
  readonly operand: Operand
  readonly members: readonly Member[]
  readonly span: Span
}

export type Member =
  | { readonly kind: 'Value'; readonly value: string | number | IpAddress; readonly span: Span }
  | { readonly kind: 'IntRange'; readonly first: number; readonly last: number; readonly span: Span }
  | { readonly kind: 'IpRange'; readonly range: IpRange; readonly span: Span }

/** `operand in $list`. */
export interface ListMembershipNode {
  readonly kind: 'ListMembership'
  readonly operand: Operand
  readonly list: string
  readonly span: Span
}

/** A Bool operand that stands alone: `ssl`, `starts_with(...)`, `any(...)`. An absent value is false. */
export interface TruthNode {
  readonly kind: 'Truth'
  readonly operand: Operand
  readonly span: Span
}

export type Operand = FieldNode | IndexNode | EachNode | CallNode | LiteralNode

export interface FieldNode {
  readonly kind: 'Field'
  readonly name: string
  readonly type: FieldType
  readonly span: Span
}

/** `operand["key"]` or `operand[0]`. Map keys are already folded as the field asks. */
export interface IndexNode {
  readonly kind: 'Index'
  readonly operand: Operand
  readonly index: string | number
  readonly type: FieldType
  readonly span: Span
}

/**
 * `operand[*]`: the elements of an array or the values of a map, one after the other; of a Map<Array<T>> the elements of all
 * its arrays. `type` is that of an element.
 */
export interface EachNode {
  readonly kind: 'Each'
  readonly operand: Operand
  readonly type: ScalarType
  readonly span: Span
}

/**
 * A function call; absent when an argument is absent. A call with an iterating argument iterates too, and `type` is that of
 * one result.
 *
 * `any` and `all` take one Expression in which at least one operand iterates, all over the same base; operands that do not
 * iterate have the same value for every element. `any` is true when the Expression is true for an element, `all` when it is
 * true for every element: of an empty array `any` is false and `all` is true, of an absent one both are absent.
 */
export interface CallNode {
  readonly kind: 'Call'
  readonly name: string
  readonly arguments: readonly (Operand | Expression)[]
  readonly type: FieldType
  readonly span: Span
}

export interface LiteralNode {
  readonly kind: 'Literal'
  readonly type: ScalarType
  readonly value: string | number | boolean | IpAddress
  readonly span: Span
}

/** A named list as the language sees it; `decide` builds them from files. */
export interface NamedList {
  readonly name: string
  readonly type: 'IP' | 'String' | 'Int'
  /** True when the value is in the list; for addresses, when a prefix of the list holds it. */
  has(value: string | number | IpAddress): boolean
}

/** Named lists by name, as compilation resolves them. */
export type NamedLists = ReadonlyMap<string, NamedList>
