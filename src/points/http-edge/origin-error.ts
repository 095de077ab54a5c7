import type { OriginFailure, OriginStep } from './origin-user.ts'

const STEP_TEXT: Readonly<Record<OriginStep, string>> = {
  connect: 'while connecting to the origin',
  send: 'while sending the request to the origin',
  'answer-head': 'while waiting for the answer of the origin',
  'answer-body': 'while receiving the answer of the origin',
}

/** 503 when no origin could be asked, 504 when one did not answer in time, 502 otherwise (RFC 9110 section 15.6). */
export function statusOfFailure(failure: OriginFailure): number {
  if (failure.fault === 'origin-connection-limit' || failure.fault === 'no-origin') return 503
  return failure.timedOut ? 504 : 502
}

/** One sentence for the event: step and reason. */
export function whyOfFailure(failure: OriginFailure): string {
  return `${STEP_TEXT[failure.step]}: ${failure.detail}`
}

/** One sentence for the page: the step, without addresses of the inside. */
export function publicExplanation(failure: OriginFailure): string {
  const what = failure.timedOut ? 'it took too long' : 'it failed'
  return `The application behind this site could not be reached or gave no valid answer: ${what} ${STEP_TEXT[failure.step]} (${failure.fault}).`
}
