/** Where an operator matched in the value that it tested. */
export interface OperatorSpan {
  readonly offset: number
  readonly length: number
}

/** An operator made ready for one rule. Negation (`!@`) is the caller's matter. */
export interface CompiledOperator {
  /**
   * True when the value satisfies the operator.
   * @param argument the operator's argument with its macros expanded; ignored by operators that take none at run time
   */
  readonly test: (value: string, argument: string) => boolean
  /** What matched, to be shown and captured; called only after `test` was true for the same two texts. */
  readonly locate: (value: string, argument: string) => OperatorSpan
  /** True when `capture` stores what matched as TX:0. */
  readonly captures: boolean
}
