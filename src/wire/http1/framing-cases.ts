import type { FramingCase } from './framing-case.ts'
import { BODY_CASES } from './framing-cases-body.ts'
import { HEAD_CASES } from './framing-cases-head.ts'

export type { FramingCase } from './framing-case.ts'

/** Raw requests that parsers are known to disagree about, and what this one does with each of them. */
export const FRAMING_CASES: readonly FramingCase[] = [...HEAD_CASES, ...BODY_CASES]
