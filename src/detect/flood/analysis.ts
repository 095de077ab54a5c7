import { collateralOf } from './collateral.ts'
import { COLUMNS } from './columns.ts'
import { type Condition, conditionText, rowFulfils } from './condition.ts'
import type {
  FloodCounter,
  FloodMode,
  FloodSample,
  FloodStep,
  MitigationAction,
  MitigationEvidence,
} from './contract.ts'
import type { Destination } from './destination.ts'
import type { GoodRows } from './good-packets.ts'
import { chooseStep } from './ladder.ts'
import { alikeColumns, packetKindOf, ruleText } from './rule-text.ts'
import type { SampleRows } from './sample-ring.ts'
import { conversingOf, familiarNetworks, type SourceCounts, type Strangers, strangersTo } from './familiar-sources.ts'
import { followHandshakes } from './handshakes.ts'
import { countMatching, joinRows, type RowSet, selectRows } from './row-set.ts'
import { searchSignatures, type SignatureCondition } from './signature-search.ts'
import type { FloodClass } from './flood-class.ts'
import { heaviestSource, heavySources, isBlatant, isConversation, sourceCount } from './senders.ts'
import { progressingRows } from './tcp-progress.ts'

const WIDTH = COLUMNS.length
const SIGNATURES_MOST = 4
const EVIDENCE_SAMPLES = 32
const SECOND_MS = 1000
/** Each so many-th good packet is kept from the search: what was chosen among many hits none of those it was chosen by. */
const HELD_OUT = 3
/** So many packets that proved to be good say more than what is usual in general. */
const PROVEN_ENOUGH = 60
/** Packets are of those who sent before when fewer than these are of others. */
const STRANGERS_LEAST = 0.5
/** The part of the attack that a rule matches has to be so many times what it may hit of the good packets. */
const CONTRAST_LEAST = 8

/** What is known when the samples of an attack are looked at. */
export interface AnalysisQuestion {
  readonly counter: FloodCounter
  readonly destination: Destination
  readonly mode: FloodMode
  readonly collateralLimit: number
  readonly hasSynCookie: boolean
  readonly isCrowd: boolean
  readonly rows: SampleRows
  /** Conditions of the rules that there are already: what they match is not among the rows. */
  readonly except: readonly (readonly Condition[])[]
  /** Segments of connections to the same destination, when the attack is of openings. */
  readonly segments: SampleRows | undefined
  readonly good: GoodRows
  /** Who sent just before the attack. */
  readonly before: SourceCounts
  /** Everything was watched for so long that what was not seen is not usual. */
  readonly isSilenceKnown: boolean
  /** The attack is so old that those who hear answers have gone on. */
  readonly isSettled: boolean
  /** Good packets of all classes that are known of the destination. */
  readonly goodOfAllClasses: number
  /** Packets a second of the class that are to be expected without an attack. */
  readonly expectedRate: number
  /** The analysis is about packets above what is expected; below this rate they are no attack. */
  readonly leastRate: number
  /** By how much good packets may be more than expected for a while; those that prove to be good do not count for it. */
  readonly spreadRate: number
  /** A rule that stops less of them is not worth it. */
  readonly worthRate: number
  /** Rate up to which a limit lets packets pass. */
  readonly usualRate: number
  /** Nothing is known yet of the destination: what there is may always be there. */
  readonly isEarly: boolean
  /** So much was never seen anywhere. */
  readonly isExtreme: boolean
  readonly isVetoed: (samples: readonly FloodSample[]) => boolean
}

/** A rule to be made. */
export interface Finding {
  readonly when: string
  readonly conditions: readonly Condition[]
  readonly step: FloodStep
  readonly action: MitigationAction
  readonly evidence: MitigationEvidence
  /** Rows that it matches. */
  readonly matched: RowSet
}

export interface Analysis {
  readonly findings: readonly Finding[]
  /** The good packets that the findings were compared with. */
  readonly good: RowSet
  /** There is no attack: the packets are of connections that get on, or were always there. */
  readonly isTolerable?: boolean
  /** Not enough was seen yet. */
  readonly isUndecided?: boolean
  /** Why nothing is done about the attack, or about part of it. */
  readonly unmitigated?: string
}

/** Separates an attack from good packets, and chooses what to do about each of its parts. */
export function analyse(question: AnalysisQuestion): Analysis {
  const parts = separate(question)
  if (parts.excessRate < question.leastRate + question.spreadRate * parts.varyingShare) {
    return {
      findings: [],
      good: parts.known,
      isTolerable: true,
      unmitigated: 'hardly more than usual but for connections that get on',
    }
  }
  if (parts.areAnswered === true) {
    return { findings: [], good: parts.known, unmitigated: 'the connections are used: many people come' }
  }
  const kind = question.counter.class
  const signatures = searchSignatures({
    attack: parts.attack,
    good: parts.searched,
    goodShare: parts.goodShare,
    collateralLimit: question.collateralLimit,
    signaturesMost: SIGNATURES_MOST,
    // That a value is not among those that are usual in general says nothing about a single destination.
    areGoodValuesKnown: !parts.isGuess,
    familiarNetworks: parts.familiar,
    ignored: alikeColumns(kind),
  })
  const findings: Finding[] = []
  let isUndecided = false
  let unmitigated = signatures.length === 0 ? 'no part of these packets tells an attack from what is usual' : undefined
  for (const { conditions, coverage, goodMatched } of signatures) {
    if (coverage * parts.excessRate < question.worthRate) continue
    const finding = decide(question, parts, conditions, coverage, goodMatched)
    if ('unmitigated' in finding) {
      unmitigated = finding.unmitigated
      isUndecided ||= finding.isUndecided === true
    } else if (findings.length > 0 && LIMITS.has(finding.step) && coverage < LIMITED_LEAST) {
      unmitigated = 'what is left looks like good packets: the other rules come first'
    } else if (!findings.some(({ when }) => when === finding.when)) findings.push(finding)
  }
  const isTolerable = question.isEarly && findings.length === 0
  return { findings, good: parts.known, isTolerable, isUndecided, ...(unmitigated !== undefined && { unmitigated }) }
}

const LIMITS: ReadonlySet<FloodStep> = new Set(['limitSource', 'limitDestination', 'limitSignature'])
/** A limit on less of an attack than this, beside rules against most of it, may be on good packets only. */
const LIMITED_LEAST = 0.5

/** Packets to a destination, as far as they can be told apart before anything is compared. */
interface Parts {
  readonly attack: RowSet & { readonly samples: readonly FloodSample[] }
  /** All good packets that are known. */
  readonly known: RowSet
  /** Good packets that signatures are found with, and others that show whether they are any good. */
  readonly searched: RowSet
  readonly heldOut: RowSet
  readonly goodShare: number
  /** Most openings are followed up. */
  readonly areAnswered: boolean | undefined
  /** What good packets look like is only known in general. */
  readonly isGuess: boolean
  /** Packets of the attack a second. */
  readonly excessRate: number
  /** What part of the good packets may be more than expected without anything that tells. */
  readonly varyingShare: number
  /** Networks that good packets come from, when these are known. */
  readonly familiar: readonly number[] | undefined
}

function separate(question: AnalysisQuestion): Parts {
  const { rows, expectedRate, except } = question
  const all = question.good
  const good = except.length === 0 ? all : { ...all, ...selectRows(all, (row) => !isExcepted(except, all, row)) }
  const durationMs = durationOf(rows)
  const leftShare = all.size === 0 ? 1 : good.size / all.size
  const expected = (expectedRate * leftShare * durationMs) / SECOND_MS / rows.weight
  const familiar = familiarNetworks(all)
  const { proven, areAnswered } = provenRows(question, familiar)
  const count = proven.reduce((sum, isProven) => sum + isProven, 0)
  const attack = selectRows(rows, (row) => proven[row] === 0)
  const samples = count === 0 ? rows.samples : rows.samples.filter((_, row) => proven[row] === 0)
  const goodNow = selectRows(rows, (row) => proven[row] === 1)
  const isGuess = good.source === 'general' && count < PROVEN_ENOUGH
  const known = good.source === 'general' && !isGuess ? goodNow : joinRows(good, goodNow)
  const unproven = Math.max(0, expected - count)
  const isConversing = CONVERSING.has(question.counter.class)
  return {
    attack: { ...attack, samples },
    known,
    searched: selectRows(known, (row) => row % HELD_OUT !== 0),
    heldOut: selectRows(known, (row) => row % HELD_OUT === 0),
    goodShare: shareOf(unproven, attack.size),
    excessRate: ((attack.size - unproven) * rows.weight * SECOND_MS) / durationMs,
    varyingShare: isConversing && all.source === 'destination' && expected > 0 ? unproven / expected : 1,
    areAnswered,
    isGuess,
    familiar,
  }
}

function durationOf({ firstMs, lastMs }: SampleRows): number {
  return Math.max(1, lastMs - firstMs)
}

function isExcepted(except: AnalysisQuestion['except'], { rows }: RowSet, row: number): boolean {
  return except.some((conditions) => rowFulfils(conditions, rows, row * WIDTH))
}

/** What is sent without connections: only that the same ends go on tells who talks. */
export const CONVERSING: ReadonlySet<FloodClass> = new Set(['udp', 'gre', 'other'])

/** Rows of packets that prove to be good by what else their senders send. */
function provenRows(
  { counter, rows, segments }: AnalysisQuestion,
  familiar: readonly number[] | undefined,
): { readonly proven: Uint8Array; readonly areAnswered?: boolean | undefined } {
  if (counter.class === 'tcp') return { proven: progressingRows(rows) }
  if (CONVERSING.has(counter.class)) return { proven: conversingOf(rows, familiar) }
  if (segments === undefined) return { proven: new Uint8Array(rows.size) }
  const { followed, areAnswered } = followHandshakes(rows, segments)
  return { proven: followed, areAnswered }
}

const GOOD_SHARE_MOST = 0.95

function shareOf(expected: number, size: number): number {
  return size === 0 ? 0 : Math.min(GOOD_SHARE_MOST, expected / size)
}

function decide(
  question: AnalysisQuestion,
  parts: Parts,
  described: readonly SignatureCondition[],
  coverage: number,
  goodMatched: number,
): Finding | { readonly unmitigated: string; readonly isUndecided?: boolean } {
  const { counter, destination, good } = question
  const kind = counter.class
  const conditions = described.map(({ condition }) => condition)
  const isMatched = (row: number): boolean => rowFulfils(conditions, parts.attack.rows, row * WIDTH)
  const matched = selectRows(parts.attack, isMatched)
  const samples = parts.attack.samples.filter((_, row) => isMatched(row))
  if (question.isVetoed(samples)) return { unmitigated: 'a rule for it was vetoed' }
  if (question.isEarly && !isSurelyAttack(question, matched, coverage)) return { unmitigated: 'it may always be there' }
  const goodRows = parts.searched.size + parts.heldOut.size
  const allMatched = goodMatched + countMatching(conditions, parts.heldOut)
  const collateral = collateralOf(allMatched, goodRows === 0 ? question.goodOfAllClasses : goodRows, good.source)
  const strangers = CONVERSING.has(kind) ? strangersTo(parts.known, question.before) : undefined
  const answer = chooseStep({
    ...question,
    strangersShare: strangers?.share,
    areRegulars:
      strangers !== undefined && countMatching([strangers.condition], matched) < STRANGERS_LEAST * matched.size,
    class: kind,
    collateral,
    coverage,
    isClean:
      goodRows === 0
        ? question.isSilenceKnown || question.isEarly || RARE.has(kind) || isBlatant(kind, matched)
        : allMatched <= Math.floor(question.collateralLimit * goodRows) &&
          coverage >= collateral.highest * CONTRAST_LEAST,
    heavySources: heavySources(matched),
    heaviestRate: (heaviestSource(matched) * question.rows.weight * SECOND_MS) / durationOf(question.rows),
    isConversation: isConversation(kind, matched),
    threshold: counter.threshold,
  })
  if (!('action' in answer)) return { isUndecided: answer.step === 'wait', unmitigated: answer.reason }
  const isForStrangers = answer.isForStrangers === true && strangers !== undefined
  const all = isForStrangers ? [...described, strangersOf(strangers, matched)] : described
  const used = answer.isForClass === true ? [] : all.map(({ condition }) => condition)
  const packets = packetKindOf(kind, destination)
  return {
    when: ruleText(kind, destination, used),
    conditions: used,
    step: answer.step,
    action: answer.action,
    matched,
    evidence: {
      counter,
      sampledPackets: question.rows.size,
      estimatedPackets: Math.round(question.rows.size * question.rows.weight),
      sources: sourceCount(matched),
      coverage,
      conditions: all.map(({ condition, attackShare, goodShare }) => ({
        text: conditionText(condition, packets),
        attackShare,
        baselineShare: goodShare,
      })),
      collateral: isForStrangers
        ? collateralOf(countMatching(used, parts.known), parts.known.size, good.source)
        : collateral,
      reason: answer.reason,
      samples: spread(samples, EVIDENCE_SAMPLES),
    },
  }
}

function strangersOf({ condition, share }: Strangers, matched: RowSet): SignatureCondition {
  return { condition, attackShare: countMatching([condition], matched) / Math.max(1, matched.size), goodShare: share }
}

/** Classes of which there is little good traffic anywhere. */
const RARE: ReadonlySet<FloodClass> = new Set(['syn', 'synAck', 'icmp', 'fragment'])
const DOMINANT_COVERAGE = 0.5

/** True when a part of what came from the start on is an attack all the same: what dominates it, or looks like nothing else. */
function isSurelyAttack({ counter, isExtreme }: AnalysisQuestion, matched: RowSet, coverage: number): boolean {
  if (isBlatant(counter.class, matched)) return true
  if (isConversation(counter.class, matched)) return false
  return coverage >= DOMINANT_COVERAGE && (isExtreme || RARE.has(counter.class))
}

function spread<Item>(items: readonly Item[], most: number): readonly Item[] {
  if (items.length <= most) return items
  return Array.from({ length: most }, (_, index) => items[Math.floor((index * items.length) / most)])
}
