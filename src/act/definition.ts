import type { Phase, RuleAction } from '#decide'
import type { Operand } from '#rules'
import type { z } from 'zod'

/** Keys from the action's value down to what is wrong, as they stand in the YAML text. */
export type ActionPath = readonly (string | number)[]

/** Reads the text of an operand of type String that stands at `path`; the caller knows its fields and its file. */
export type ParseText = (
  source: string,
  path: ActionPath,
) => { readonly ok: true; readonly operand: Operand } | { readonly ok: false; readonly message: string }

export interface ActionProblem {
  readonly ok: false
  readonly message: string
  readonly path: ActionPath
}

export type Built<Action extends RuleAction> = { readonly ok: true; readonly action: Action } | ActionProblem

/** What is being built: the phase of the rule, and how its expressions are read. */
interface BuildEnvironment {
  readonly phase: Phase
  readonly parseText: ParseText
}

/** An action of the policy language: one file in this folder and one line in `index.ts`. */
export interface ActionDefinition<Action extends RuleAction, Schema extends z.ZodType> {
  readonly name: Action['type']
  /** One or two sentences for the reference page and for completion. */
  readonly help: string
  readonly phases: readonly Phase[]
  readonly terminating: Action['terminating']
  /** The parameters as they stand in YAML; a bare name stands for no parameters. */
  readonly schema: Schema
  /** How it is written in a rule. */
  readonly examples: readonly string[]
  build(parameters: z.output<Schema>, environment: BuildEnvironment): Built<Action>
}

/** A problem with the parameter at `path`. */
export function problem(message: string, ...path: ActionPath): ActionProblem {
  return { ok: false, message, path }
}
