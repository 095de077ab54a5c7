import type { FieldType } from '#fields'
import type {
  CallNode,
  ComparisonNode,
  Expression,
  ListMembershipNode,
  LogicalOperator,
  MembershipNode,
  Operand,
  Span,
} from '../expression.ts'
import { FUNCTIONS } from '../functions/index.ts'
import { isOperand, isQuantifier, iterationBase, type Node, walk } from '../tree.ts'
import type { SqlDialect } from './dialect.ts'
import { type MemberSet, setOfList, setOfMembers, type SqlList, valueText } from './member-set.ts'
import { re2Pattern, wildcardPattern } from './re2-pattern.ts'
import { Refusal } from './refusal.ts'
import { membershipSql, needsSubquery } from './sql-membership.ts'
import { SqlParameters } from './sql-parameters.ts'

/** Where the compiler finds columns and lists. */
export interface SqlSource {
  readonly column: (field: string) => string | undefined
  readonly lists: ReadonlyMap<string, SqlList>
}

const JOIN: Readonly<Record<LogicalOperator, string>> = { and: ' AND ', or: ' OR ', xor: ' <> ' }

/** Turns one expression into SQL: conditions come out without nulls, operands are null when they are absent. */
export class SqlCompiler {
  readonly parameters: SqlParameters
  readonly #dialect: SqlDialect
  readonly #source: SqlSource
  readonly #sets = new Map<Node, MemberSet>()
  /** Names of the elements of the iterations around the current node, the innermost last. */
  readonly #elements: string[] = []
  #elementCount = 0

  constructor(dialect: SqlDialect, source: SqlSource) {
    this.#dialect = dialect
    this.#source = source
    this.parameters = new SqlParameters(dialect)
  }

  condition(node: Expression): string {
    const { orFalse } = this.#dialect
    switch (node.kind) {
      case 'Logical':
        return node.operands
          .map((each) => this.condition(each))
          .reduce((left, right) => `(${left}${JOIN[node.operator]}${right})`)
      case 'Not':
        return `(NOT ${this.condition(node.operand)})`
      case 'Comparison':
        return orFalse(this.#comparison(node))
      case 'Membership':
      case 'ListMembership':
        return orFalse(membershipSql(this.operand(node.operand), this.#setOf(node), this.#dialect, this.parameters))
      case 'Truth':
        return orFalse(this.operand(node.operand))
    }
  }

  operand(node: Operand): string {
    switch (node.kind) {
      case 'Field':
        return this.#field(node.name, node.span)
      case 'Literal':
        return typeof node.value === 'boolean'
          ? this.#dialect.boolean(node.value)
          : this.parameters.add(valueText(node.type, node.value), node.type)
      case 'Index':
        return typeof node.index === 'number'
          ? this.#dialect.arrayElement(this.operand(node.operand), node.index)
          : this.#dialect.mapEntry(this.operand(node.operand), this.parameters.add(node.index, 'String'))
      case 'Each':
        return this.#element(node.span)
      case 'Call':
        return isQuantifier(node) ? this.#quantifier(node) : this.#call(node)
    }
  }

  #field(name: string, span: Span): string {
    const column = this.#source.column(name)
    if (column === undefined)
      throw new Refusal(`the field \`${name}\` is not recorded, so history cannot be asked for it`, span)
    return column
  }

  #comparison(node: ComparisonNode): string {
    const { operator } = node
    if (operator === 'matches' || operator === 'wildcard' || operator === 'strict_wildcard') {
      const pattern = this.parameters.add(patternOf(node), 'String')
      return this.#dialect.matches(this.operand(node.left), pattern)
    }
    return this.#dialect.compare[operator](this.operand(node.left), this.operand(node.right))
  }

  #setOf(node: MembershipNode | ListMembershipNode): MemberSet {
    let set = this.#sets.get(node)
    if (set !== undefined) return set
    if (node.kind === 'Membership') {
      set = setOfMembers(memberType(node.operand), node.members)
    } else {
      const list = this.#source.lists.get(node.list)
      if (list === undefined) throw new Refusal(`the list \`$${node.list}\` is not defined`, node.span)
      set = setOfList(list)
    }
    this.#sets.set(node, set)
    return set
  }

  /** `any(...)` and `all(...)`: the condition for each element of what it iterates over. */
  #quantifier(node: CallNode): string {
    const [body] = node.arguments
    const base = iterationBase(body)
    if (base === undefined) throw new Refusal(`\`${node.name}\` has nothing to iterate over`, node.span)
    const array = this.#array(base)
    const isAny = node.name === 'any'
    const variable = `element_${++this.#elementCount}`
    const condition = this.#withElement(variable, () =>
      isOperand(body) ? this.#dialect.orFalse(this.operand(body)) : this.condition(body),
    )
    if (this.#hasSubquery(body)) {
      const exists = this.#dialect.exists(array, variable, isAny ? condition : `NOT ${condition}`)
      return this.#dialect.unlessNull(array, isAny ? exists : `NOT ${exists}`)
    }
    const conditions = this.#dialect.each(array, variable, condition)
    return isAny ? this.#dialect.holds(conditions, true) : `NOT ${this.#dialect.holds(conditions, false)}`
  }

  #element(span: Span): string {
    const element = this.#elements.at(-1)
    if (element === undefined) throw new Refusal('`[*]` stands outside of `any` and `all`', span)
    return element
  }

  #withElement(variable: string, compile: () => string): string {
    this.#elements.push(variable)
    const sql = compile()
    this.#elements.pop()
    return sql
  }

  #hasSubquery(body: Node): boolean {
    let found = false
    walk(body, (node) => {
      if (node.kind === 'Membership' || node.kind === 'ListMembership') found ||= needsSubquery(this.#setOf(node))
    })
    return found
  }

  /** The array that `[*]` goes through. */
  #array(base: Operand): string {
    const outer = this.#elements.splice(0)
    const sql = this.operand(base)
    this.#elements.push(...outer)
    const type = typeOf(base)
    if (type.startsWith('Map<Array<')) return this.#dialect.flattened(this.#dialect.mapValues(sql))
    return type.startsWith('Map<') ? this.#dialect.mapValues(sql) : sql
  }

  #call(node: CallNode): string {
    const template = FUNCTIONS.get(node.name)?.duckdb
    const sql = template?.({
      types: node.arguments.map(typeOf),
      literals: node.arguments.map((each) => (each.kind === 'Literal' ? each.value : undefined)),
      argument: (index) => {
        const argument = node.arguments[index]
        return isOperand(argument) ? this.operand(argument) : this.condition(argument)
      },
      bind: (text) => this.parameters.add(text, 'String'),
    })
    if (sql === undefined)
      throw new Refusal(`the function \`${node.name}\` cannot be computed by the event store`, node.span)
    return sql
  }
}

function patternOf(node: ComparisonNode): string {
  const pattern = node.right.kind === 'Literal' ? String(node.right.value) : ''
  const translated =
    node.operator === 'matches' ? re2Pattern(pattern) : wildcardPattern(pattern, node.operator === 'strict_wildcard')
  if (translated === undefined) throw new Refusal('this pattern is not part of the language', node.right.span)
  return translated
}

function typeOf(node: Operand | Expression): FieldType {
  return isOperand(node) ? node.type : 'Bool'
}

function memberType(operand: Operand): MemberSet['type'] {
  if (operand.type === 'IP' || operand.type === 'Int' || operand.type === 'String') return operand.type
  throw new Refusal(`values of type ${operand.type} are not looked up in a set`, operand.span)
}
