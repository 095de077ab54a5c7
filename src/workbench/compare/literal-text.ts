import type { ScalarType, ScalarValue } from '#fields'
import { printOperand } from '#rules'

const NOWHERE = { start: 0, end: 0 }

/** A value as it is written in the rules language. */
export function literalText(value: ScalarValue, type: ScalarType): string {
  return printOperand({ kind: 'Literal', type, value, span: NOWHERE })
}
