import { TCP_FLAGS } from './tcp-flag.ts'

/** First frames that are kept as evidence of each kind. */
export const EVIDENCE_FRAMES = 4
/** Gaps of one direction that are remembered at a time. */
export const GAP_LIMIT = 8
/** Frames of the segment that was sent again most often. */
export const STUBBORN_FRAMES = 8

const FLAG_WORDS = EVIDENCE_FRAMES + 2
const FLAGS_AT = 30

/** Kinds of losses that are counted with their first frames. */
export const LOSS_KINDS = [
  'resent',
  'lostBefore',
  'lostBehind',
  'needless',
  'afterTimeout',
  'reordered',
  'captureGaps',
  'duplicates',
] as const
export type LossKind = (typeof LOSS_KINDS)[number]

const LOSS_WORDS = EVIDENCE_FRAMES + 1
const LOSSES_AT = FLAGS_AT + TCP_FLAGS.length * FLAG_WORDS
const GAPS_AT = LOSSES_AT + LOSS_KINDS.length * LOSS_WORDS

/**
 * What is kept of a direction that has trouble, in rows of their own since most have none. Numbers of 64 bit stand first,
 * indexed like those of a flow.
 */
export const TROUBLE_TIME = {
  resentBytes: 0,
  captureLostBytes: 1,
  conflictingBytes: 2,
  conflict: 3,
  stubborn: 4,
  candidate: 5,
  /** One for each gap: when it was noticed. */
  gaps: 6,
} as const

/** Words of one gap: from, to, the frame that showed it, and whether the other side acknowledged it. */
export const GAP = { start: 0, end: 1, frame: 2, acknowledged: 3, words: 4 } as const

/** Words about one segment that is sent again and again. */
export const STUBBORN = {
  sequence: 0,
  payloadBytes: 1,
  repeats: 2,
  firstFrame: 3,
  end: 4,
  frames: 5,
  words: 5 + STUBBORN_FRAMES,
} as const

const BEHIND_GAPS = GAPS_AT + GAP_LIMIT * GAP.words

export const TROUBLE = {
  gaps: GAPS_AT,
  gapCount: BEHIND_GAPS,
  conflictFrame: BEHIND_GAPS + 1,
  stubborn: BEHIND_GAPS + 2,
  candidate: BEHIND_GAPS + 2 + STUBBORN.words,
} as const

const USED_WORDS = TROUBLE.candidate + STUBBORN.words
/** Even, so that the 64-bit numbers of every row are in place. */
export const TROUBLE_WORDS = USED_WORDS + (USED_WORDS & 1)

/** Where a flag's count stands; its frames follow, then the last one. */
export function flagWord(flagIndex: number): number {
  return FLAGS_AT + flagIndex * FLAG_WORDS
}

/** Where the count of a kind of loss stands; its frames follow. */
export function lossWord(kindIndex: number): number {
  return LOSSES_AT + kindIndex * LOSS_WORDS
}
