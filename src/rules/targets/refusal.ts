import type { Span } from '../expression.ts'
import { locateFault, type RuleError, RuleFault } from '../rule-error.ts'

/** Why a target cannot say an expression, and where in the text. */
export interface TargetRefusal {
  readonly ok: false
  readonly reason: string
  readonly span: Span
}

/** Leaves a compilation from any depth; caught by `refusable` only. */
export class Refusal extends Error {
  readonly span: Span

  constructor(reason: string, span: Span) {
    super(reason)
    this.name = 'Refusal'
    this.span = span
  }
}

/** Runs a compilation and turns a `Refusal` into its union member; other errors pass. */
export function refusable<Result>(compile: () => Result): Result | TargetRefusal {
  try {
    return compile()
  } catch (error) {
    if (error instanceof Refusal) return { ok: false, reason: error.message, span: error.span }
    throw error
  }
}

/** A refusal as the error of the text that was refused. */
export function locateRefusal({ reason, span }: TargetRefusal, text: string): RuleError {
  return locateFault(new RuleFault('not-readable', reason, span), text)
}
