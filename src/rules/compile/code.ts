import type { FieldType } from '#fields'
import { TidegateError } from '#kernel'
import type { LiteralNode, Operand } from '../expression.ts'

/** A constant as source text; strings go through JSON.stringify, so no user text is ever spliced. */
export function literalCode(value: LiteralNode['value']): string {
  if (typeof value === 'bigint') return `${value}n`
  return JSON.stringify(value)
}

export function declare(names: readonly string[]): string {
  return names.length === 0 ? '' : `let ${names.join(', ')}; `
}

/** A loop that runs `step` with `e` for every element of `a`. */
export function loopOver(type: FieldType, step: string): string {
  const overArray = (array: string) => `for (let i = 0; i < ${array}.length; i++) { const e = ${array}[i]; ${step} }`
  if (type.startsWith('Map<Array<')) return `for (const b of a.values()) ${overArray('b')}`
  return type.startsWith('Map<') ? `for (const e of a.values()) { ${step} }` : overArray('a')
}

/** True for a literal whose bits JavaScript's 32-bit operator tests rightly, whatever the other side is. */
export function isSmall(operand: Operand): boolean {
  return operand.kind === 'Literal' && Number(operand.value) >= 0 && Number(operand.value) < 2 ** 31
}

export function invalid(message: string, remedy: string): TidegateError {
  return new TidegateError('ERR_RULE_INVALID', message, { source: 'configuration', remedy })
}

/** For trees that the parser never builds. */
export function invalidTree(what: string): never {
  throw new TidegateError('ERR_INVARIANT', `an expression tree holds ${what}`, { source: 'internal' })
}
