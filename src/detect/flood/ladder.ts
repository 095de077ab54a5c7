import type { Collateral, FloodMode, FloodStep, MitigationAction } from './contract.ts'
import { HOST_BITS, type Destination } from './destination.ts'
import type { FloodClass } from './flood-class.ts'

/** What a step of the ladder is chosen by. */
interface LadderQuestion {
  readonly mode: FloodMode
  readonly class: FloodClass
  readonly destination: Destination
  readonly collateral: Collateral
  /** The signature matches no more good packets than is allowed. */
  readonly isClean: boolean
  readonly hasSynCookie: boolean
  /** Sources that carry the attack together, when they are few. */
  readonly heavySources: number | undefined
  /** The packets are in conversations: the same ends again and again, as of callers or players. */
  readonly isConversation: boolean
  /** What part of the attack the signature matches. */
  readonly coverage: number
  /** The attack is so old that those who hear answers have gone on. */
  readonly isSettled: boolean
  /** Openings and segments rise together, as when many people come. */
  readonly isCrowd: boolean
  /** Packets a second that are usual for the class, and the rate above which it is a flood. */
  readonly usualRate: number
  readonly threshold: number
  /** What part of the good packets comes from others than those who send again and again; undefined when hardly any does. */
  readonly strangersShare: number | undefined
  /** Most of these packets are of sources that sent good ones before. */
  readonly areRegulars: boolean
  /** Packets a second of the source that sends most. */
  readonly heaviestRate: number
}

interface LadderAnswer {
  readonly step: FloodStep
  readonly action: MitigationAction
  readonly reason: string
  /** The rule is for the whole class, whatever the signature says. */
  readonly isForClass?: boolean
  /** The rule spares the sources that send again and again. */
  readonly isForStrangers?: boolean
}

/** What one source may send when nothing is known of it. */
const SOURCE_RATE_LEAST = 20

function limit(per: ('ip.src' | 'ip.dst')[] | undefined, rate: number): MitigationAction {
  const packets = Math.max(1, Math.ceil(rate))
  return { rate_limit: { ...(per !== undefined && { per }), packets, burst: packets } }
}

/** The step to take about a signature, or why none is taken; `wait` when more has to be seen first. */
export function chooseStep(
  question: LadderQuestion,
): LadderAnswer | { readonly step: 'none' | 'wait'; readonly reason: string } {
  const { mode, class: kind, isClean, collateral } = question
  if (mode !== 'mitigate') return { step: 'log', action: 'log', reason: 'floods are only logged here' }
  const ceiling = Math.max(question.usualRate, question.threshold / 4)
  if (question.areRegulars) {
    if (question.heaviestRate <= ceiling)
      return { step: 'none', reason: 'those who sent good packets before send more' }
    const reason = 'those who sent good packets before send more: none of them more than all of them usually do'
    return { step: 'limitSource', action: limit(['ip.src'], ceiling), reason }
  }
  const isGuess = collateral.source === 'general'
  if (isClean && !(isGuess && question.isConversation)) {
    return { step: 'drop', action: 'drop', reason: 'hardly any good packet looks like this' }
  }
  if (kind === 'syn' && question.hasSynCookie) {
    const reason = 'good packets look like this: clients have to show that they hear the answer'
    return { step: 'synCookie', action: 'syn_cookie', reason, isForClass: true }
  }
  if (kind === 'syn' && !question.isSettled) return { step: 'wait', reason: 'clients may still answer' }
  if (question.isCrowd)
    return { step: 'none', reason: 'connections are opened and used in the usual proportion: a crowd' }
  if (question.heavySources !== undefined) {
    const rate = Math.max(SOURCE_RATE_LEAST, ceiling / question.heavySources)
    return {
      step: 'limitSource',
      action: limit(['ip.src'], rate),
      reason: 'good packets look like this, but few sources send it',
    }
  }
  if (isGuess && question.isConversation) {
    const reason = 'not enough is known of good packets to drop what comes from steady conversations'
    return { step: 'limitSource', action: limit(['ip.src'], Math.max(SOURCE_RATE_LEAST, ceiling)), reason }
  }
  if (kind === 'tcp' && (collateral.share > SEGMENTS_SHARE_MOST || question.coverage < SEGMENTS_COVERAGE_LEAST)) {
    return { step: 'none', reason: 'these segments look like those of good connections' }
  }
  if (question.destination.bits !== HOST_BITS) {
    const reason = 'good packets look like this: each destination keeps its usual rate'
    return { step: 'limitDestination', action: limit(['ip.dst'], ceiling / 4), reason }
  }
  const { strangersShare } = question
  if (strangersShare !== undefined && strangersShare <= STRANGERS_SHARE_MOST) {
    return {
      step: 'limitSignature',
      action: limit(undefined, Math.max(SOURCE_RATE_LEAST, ceiling * strangersShare)),
      reason: 'good packets look like this: who sent them before is spared, of all others the usual rate passes',
      isForStrangers: true,
    }
  }
  // What is usual in general says little about how many of these come here.
  const share = isGuess ? 1 : collateral.highest
  return {
    step: 'limitSignature',
    action: limit(undefined, Math.max(SOURCE_RATE_LEAST, ceiling * share)),
    reason: 'good packets look like this: their usual rate passes',
  }
}

/** Where more of the good packets come from others, there are no regulars. */
const STRANGERS_SHARE_MOST = 0.5
/** A limit on segments breaks connections: it is not worth it when so many good ones are hit, for so little of the attack. */
const SEGMENTS_SHARE_MOST = 0.1
const SEGMENTS_COVERAGE_LEAST = 0.5
