import { type CompileEnvironment, compileOperand } from '#rules'
import { z } from 'zod'
import type { TextValue } from './action.ts'
import { type ActionPath, type ActionProblem, type ParseText, problem } from './definition.ts'

/** Text, or `{ expression: ... }` that computes it for each request. */
export const TEXT_SCHEMA = z.union([z.string(), z.strictObject({ expression: z.string() })], {
  error: 'expected text, or `{ expression: ... }` with an expression of type String',
})

export type WrittenText = z.output<typeof TEXT_SCHEMA>

/** Says what is wrong with a fixed text; undefined when it is fine. Texts are bytes: each character is one. */
export type CheckText = (text: string) => string | undefined

/** The text value that stands at `path`. Fixed text is encoded as UTF-8 bytes and checked while loading. */
export function buildText(
  written: WrittenText,
  path: ActionPath,
  parseText: ParseText,
  check: CheckText,
): { readonly ok: true; readonly value: TextValue } | ActionProblem {
  if (typeof written === 'string') {
    const text = toBytes(written)
    const fault = check(text)
    return fault === undefined ? { ok: true, value: { kind: 'fixed', text } } : problem(fault, ...path)
  }
  const source = written.expression
  const parsed = parseText(source, [...path, 'expression'])
  if (!parsed.ok) return problem(parsed.message, ...path, 'expression')
  return { ok: true, value: { kind: 'computed', source, operand: parsed.operand } }
}

/** Unicode text as the engine holds it: its UTF-8 bytes, one character each. */
export function toBytes(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}

/** Gives the text for one request; undefined when a value that it is computed from is absent. */
export type TextReader<Context> = (context: Context) => string | undefined

/** Compiles a text value. Throws ERR_RULE_INVALID when it reads a field that the environment does not have. */
export function compileText<Context>(value: TextValue, environment: CompileEnvironment<Context>): TextReader<Context> {
  if (value.kind === 'fixed') return () => value.text
  const read = compileOperand(value.operand, environment)
  return (context) => {
    const text = read(context)
    return typeof text === 'string' ? text : undefined
  }
}
