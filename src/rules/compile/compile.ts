import type { FieldValue } from '#fields'
import type { Expression, Operand } from '../expression.ts'
import { BoundedMatcher } from '../regex/regex.ts'
import type { Node } from '../tree.ts'
import { Emitter } from './emitter.ts'
import type { CompileEnvironment, Predicate, PredicateProgram } from './environment.ts'
import { Sharing } from './sharing.ts'

/** Compiles one expression. Throws a TidegateError when a field or list that it names is missing. */
export function compilePredicate<Context>(
  expression: Expression,
  environment: CompileEnvironment<Context>,
): Predicate<Context> {
  return compileNode<Context, boolean>(expression, environment)
}

/** Compiles a value; it is undefined when absent. Throws a TidegateError when a field or list that it names is missing. */
export function compileOperand<Context>(
  operand: Operand,
  environment: CompileEnvironment<Context>,
): (context: Context) => FieldValue | undefined {
  return compileNode<Context, FieldValue | undefined>(operand, environment)
}

/**
 * Compiles expressions that are asked about the same context one after the other: equal sub-expressions that cost more than
 * remembering are evaluated once between two calls of `reset`.
 */
export function compilePredicates<Context>(
  expressions: readonly Expression[],
  environment: CompileEnvironment<Context>,
): PredicateProgram<Context> {
  const emitter = new Emitter(environment, new Sharing(expressions))
  const closures = expressions.map((expression) => emitter.closure(expression))
  const forget = emitter.stamps.map((stamp) => `${stamp} = 0; `).join('')
  const source = `${prologue(emitter)}
let g = 1
${emitter.declarations.join('\n')}
return { reset() { if (g < ${LAST_GENERATION}) g++; else { ${forget}g = 1 } }, predicates: [${closures.join(',\n')}] }`
  return build<PredicateProgram<Context>>(source, emitter)
}

/** Generations stay small integers, which V8 keeps without allocation. */
const LAST_GENERATION = 2 ** 30 - 1

/** The JavaScript that an expression compiles to, for people to read; `read` and the constants are given to it. */
export function generatePredicateSource<Context>(
  expression: Expression,
  environment: CompileEnvironment<Context>,
): string {
  const emitter = new Emitter(environment)
  const closure = emitter.closure(expression)
  const constants = emitter.constants.map((constant, i) => `// k${i} = ${describeConstant(constant)}`)
  return [...constants, ...emitter.declarations, closure].join('\n')
}

function describeConstant(constant: unknown): string {
  if (constant instanceof RegExp || constant instanceof BoundedMatcher) return `/${constant.source}/`
  return typeof constant === 'function' ? (constant.name === '' ? 'a function' : `function ${constant.name}`) : 'a list'
}

function compileNode<Context, Result>(
  node: Node,
  environment: CompileEnvironment<Context>,
): (context: Context) => Result {
  const emitter = new Emitter(environment)
  const closure = emitter.closure(node)
  const source = `${prologue(emitter)}\n${emitter.declarations.join('\n')}\nreturn ${closure}`
  return build<(context: Context) => Result>(source, emitter)
}

function prologue(emitter: Emitter): string {
  return `"use strict"\n${emitter.constants.map((_, i) => `const k${i} = k[${i}]`).join('\n')}`
}

function build<Result>(source: string, emitter: Emitter): Result {
  // oxlint-disable-next-line typescript/no-implied-eval -- code generation is what makes a rule cost tens of nanoseconds
  const factory = new Function('k', source) as (constants: readonly unknown[]) => Result
  return factory(emitter.constants)
}
