import type { Readers } from '#fields'
import type {
  CallNode,
  ComparisonNode,
  Expression,
  IndexNode,
  MembershipNode,
  NamedLists,
  Operand,
} from '../expression.ts'
import { FUNCTIONS } from '../functions/index.ts'
import { compileRegex } from '../regex/regex.ts'
import { isExpression, isQuantifier, iterationBase, type Node } from '../tree.ts'
import { wildcardMatcher } from '../wildcard.ts'
import { declare, invalid, invalidTree, isSmall, literalCode, loopOver } from './code.ts'
import { fewValues, membershipTest } from './membership.ts'
import { ADDRESS_TESTS, sharesBits } from './run-time.ts'
import type { CompileEnvironment } from './environment.ts'
import type { Sharing } from './sharing.ts'

/** What one generated function declares: its temporaries, and the element that `[*]` stands for. */
class Scope {
  readonly element: string | undefined
  readonly names: string[] = []

  constructor(element?: string) {
    this.element = element
  }

  /** A new temporary variable. */
  temporary(): string {
    const name = `t${this.names.length}`
    this.names.push(name)
    return name
  }
}

const SIGNS: Readonly<Partial<Record<ComparisonNode['operator'], string>>> = {
  eq: '===',
  ne: '!==',
  lt: '<',
  le: '<=',
  gt: '>',
  ge: '>=',
}

/** The environment without the type of its context, which generated code does not know. */
type EmitterEnvironment = Pick<CompileEnvironment<never>, 'lists' | 'compileRegex'> & {
  readonly readers: Pick<Readers<never>, 'read' | 'entry'>
}

/**
 * Writes JavaScript for expressions. Generated code gets user text through JSON.stringify and constants only, `undefined` is
 * absent, and `c` is the context.
 */
export class Emitter {
  readonly constants: unknown[] = []
  readonly declarations: string[] = []
  /** Names of the generation stamps of shared values. */
  readonly stamps: string[] = []
  readonly #readers: Pick<Readers<never>, 'read' | 'entry'>
  readonly #lists: NamedLists
  readonly #compileRegex: NonNullable<CompileEnvironment<never>['compileRegex']>
  readonly #sharing: Sharing | undefined
  readonly #memoNames = new Map<number, string>()
  #functions = 0

  constructor(environment: EmitterEnvironment, sharing?: Sharing) {
    this.#readers = environment.readers
    this.#lists = environment.lists
    this.#compileRegex = environment.compileRegex ?? compileRegex
    this.#sharing = sharing
  }

  /** The expression of a function `(c) => value`. */
  closure(node: Node): string {
    const scope = new Scope()
    const body = isExpression(node) ? this.#condition(node, scope) : this.#operand(node, scope)
    return `(c) => { ${declare(scope.names)}return ${body} }`
  }

  #constant(value: unknown): string {
    this.constants.push(value)
    return `k${this.constants.length - 1}`
  }

  #condition(node: Expression, scope: Scope): string {
    return this.#shared(node) ?? this.#ownCondition(node, scope)
  }

  #ownCondition(node: Expression, scope: Scope): string {
    switch (node.kind) {
      case 'Logical':
        return this.#logical(node, scope)
      case 'Not':
        return `!${this.#condition(node.operand, scope)}`
      case 'Truth':
        return `(${this.#operand(node.operand, scope)} === true)`
      case 'Comparison':
        return `(${this.#comparison(node, scope)})`
      case 'Membership':
        return `(${this.#membership(node, scope)})`
      case 'ListMembership': {
        const value = scope.temporary()
        const list = this.#constant(this.#list(node.list))
        return `((${value} = ${this.#operand(node.operand, scope)}) !== undefined && ${list}.has(${value}))`
      }
    }
  }

  #logical(node: Expression & { kind: 'Logical' }, scope: Scope): string {
    const operands = node.operands.map((operand) => this.#condition(operand, scope))
    if (node.operator === 'xor') return operands.reduce((left, right) => `(${left} !== ${right})`)
    return `(${operands.join(node.operator === 'and' ? ' && ' : ' || ')})`
  }

  #list(name: string): unknown {
    const list = this.#lists.get(name)
    if (list === undefined) throw invalid(`there is no list \`$${name}\``, 'Define it under `lists` in the policy.')
    return list
  }

  #comparison(node: ComparisonNode, scope: Scope): string {
    const left = this.#operand(node.left, scope)
    const sign = SIGNS[node.operator]
    const isOrder = node.operator !== 'eq' && node.operator !== 'ne'
    const isPlain = sign !== undefined && !(isOrder && node.left.type === 'IP')
    // With an absent side `===` to a literal and any order of JavaScript are false by themselves.
    if (isPlain && node.right.kind === 'Literal' && node.operator !== 'ne')
      return `${left} ${sign} ${this.#operand(node.right, scope)}`
    if (isPlain && isOrder) return `${left} ${sign} ${this.#operand(node.right, scope)}`
    const value = scope.temporary()
    const present = `(${value} = ${left}) !== undefined`
    if (node.right.kind === 'Literal')
      return `${present} && ${this.#test(node, value, this.#operand(node.right, scope))}`
    const other = scope.temporary()
    return `${present} && (${other} = ${this.#operand(node.right, scope)}) !== undefined && ${this.#test(node, value, other)}`
  }

  /** The test of two values that are there; `right` is code. */
  #test(node: ComparisonNode, value: string, right: string): string {
    const pattern = node.right.kind === 'Literal' ? String(node.right.value) : ''
    switch (node.operator) {
      case 'contains':
        return `${value}.includes(${right})`
      case 'matches':
        return `${this.#constant(this.#compileRegex(pattern))}.test(${value})`
      case 'wildcard':
      case 'strict_wildcard':
        return `${this.#constant(wildcardMatcher(pattern, node.operator === 'strict_wildcard'))}(${value})`
      case 'bit_test':
        return isSmall(node.right) ? `(${value} & ${right}) !== 0` : `${this.#constant(sharesBits)}(${value}, ${right})`
      case 'eq':
      case 'ne':
      case 'lt':
      case 'le':
      case 'gt':
      case 'ge': {
        const test = node.left.type === 'IP' ? ADDRESS_TESTS[node.operator] : undefined
        return test === undefined
          ? `${value} ${String(SIGNS[node.operator])} ${right}`
          : `${this.#constant(test)}(${value}, ${right})`
      }
    }
  }

  #membership(node: MembershipNode, scope: Scope): string {
    const operand = this.#operand(node.operand, scope)
    const few = fewValues(node.members, node.operand.type)
    if (few === undefined) return `${this.#constant(membershipTest(node))}(${operand})`
    const value = scope.temporary()
    return few.map((each, i) => `${i === 0 ? `(${value} = ${operand})` : value} === ${literalCode(each)}`).join(' || ')
  }

  #operand(node: Operand, scope: Scope): string {
    return this.#shared(node) ?? this.#ownOperand(node, scope)
  }

  #ownOperand(node: Operand, scope: Scope): string {
    switch (node.kind) {
      case 'Field':
        return `${this.#constant(this.#reader(node.name))}(c)`
      case 'Index':
        return this.#index(node, scope)
      case 'Each':
        return scope.element ?? invalidTree('[*] outside any() or all()')
      case 'Literal':
        return literalCode(node.value)
      case 'Call':
        return isQuantifier(node) ? `${this.#quantifier(node)}(c)` : this.#call(node, scope)
    }
  }

  #reader(name: string): unknown {
    const reader = Object.hasOwn(this.#readers.read, name) ? this.#readers.read[name] : undefined
    if (reader === undefined)
      throw invalid(`the field \`${name}\` cannot be read here`, 'Use a field that this point or this row has.')
    return reader
  }

  #index(node: IndexNode, scope: Scope): string {
    const key = literalCode(node.index)
    if (node.operand.kind === 'Field' && typeof node.index === 'string') {
      const { entry } = this.#readers
      const name = node.operand.name
      if (entry !== undefined && Object.hasOwn(entry, name)) return `${this.#constant(entry[name])}(c, ${key})`
    }
    const base = this.#operand(node.operand, scope)
    return typeof node.index === 'string' ? `${base}?.get(${key})` : `${base}?.[${key}]`
  }

  #call(node: CallNode, scope: Scope): string {
    const definition = FUNCTIONS.get(node.name)
    if (definition === undefined) return invalidTree(`function ${node.name}`)
    const operands = node.arguments.map((argument) =>
      isExpression(argument) ? invalidTree('a condition as argument') : argument,
    )
    const literals = operands.map((operand) => (operand.kind === 'Literal' ? operand.value : undefined))
    const evaluate = definition.prepare?.(literals) ?? definition.forType?.[operands[0].type] ?? definition.evaluate
    const absent: string[] = []
    const values = operands.map((operand) => {
      if (operand.kind === 'Literal') return literalCode(operand.value)
      const value = scope.temporary()
      absent.push(`(${value} = ${this.#operand(operand, scope)}) === undefined`)
      return value
    })
    const call = `${this.#constant(evaluate)}(${values.join(', ')})`
    return absent.length === 0 ? call : `(${absent.join(' || ')} ? undefined : ${call})`
  }

  /** Declares the loop of an `any` or `all` and returns its name. */
  #quantifier(node: CallNode): string {
    const [condition] = node.arguments
    if (!isExpression(condition)) return invalidTree(`${node.name}() without a condition`)
    const base = iterationBase(condition) ?? invalidTree(`${node.name}() without [*]`)
    const name = `q${this.#functions++}`
    const scope = new Scope('e')
    const elements = this.#operand(base, scope)
    const isAny = node.name === 'any'
    const test = this.#condition(condition, scope)
    const loop = loopOver(base.type, `if (${isAny ? '' : '!'}${test}) return ${isAny}`)
    this.declarations.push(
      `function ${name}(c) { ${declare(scope.names)}const a = ${elements}; if (a === undefined) return undefined; ${loop} return ${!isAny} }`,
    )
    return name
  }

  /** The call of the function that computes a shared value once; undefined for a node that is not shared. */
  #shared(node: Node): string | undefined {
    const id = this.#sharing?.idOf(node)
    if (id === undefined) return undefined
    const known = this.#memoNames.get(id)
    if (known !== undefined) return `${known}(c)`
    const name = `m${this.#functions++}`
    this.#memoNames.set(id, name)
    const scope = new Scope()
    const body = isExpression(node) ? this.#ownCondition(node, scope) : this.#ownOperand(node, scope)
    this.stamps.push(`s${name}`)
    this.declarations.push(
      `let s${name} = 0, v${name}; function ${name}(c) { ${declare(scope.names)}if (s${name} !== g) { v${name} = ${body}; s${name} = g } return v${name} }`,
    )
    return `${name}(c)`
  }
}
