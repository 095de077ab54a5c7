import type { Direction, FlowRecord, FlowSide } from '#detect'
import {
  counted,
  duration,
  flowIds,
  framesOf,
  groupBy,
  isTcp,
  isTwoSided,
  percent,
  roundTripNs,
  SECOND,
  serverOf,
} from './figures.ts'
import type { FindingDraft, FindingRule, Severity } from './finding.ts'

/** One direction of a flow that has something wrong. */
interface Sender {
  readonly flow: FlowRecord
  readonly direction: Direction
  readonly side: FlowSide
}

/** Losses below this share of segments are what every long path has. */
const LOSS_SHARE = 0.003
const REORDERING_SHARE = 0.01
const REORDERING_PER_LOSS = 0.5
const NEAR_PART = 20
const HEAVY_SHARE = 0.02

/** Segments that were lost, late or doubled on their way. */
export const TCP_LOSS: FindingRule = {
  kinds: {
    'tcp-retransmission-timeout': {
      severity: 'medium',
      side: 'path',
      meaning:
        'Segments were sent again only after the sender had waited for its timer: each time the connection stood still.',
      next: 'Look where they are lost: capture on both ends and compare, or watch the counters of errors and drops of the devices between.',
      explains: ['slow-server', 'slow-client', 'tcp-retransmission-fast', 'tcp-retransmission-spurious'],
    },
    'tcp-retransmission-fast': {
      severity: 'medium',
      side: 'path',
      meaning: 'Segments were lost and sent again when the receiver asked for them by repeated acknowledgements.',
      next: 'Look where they are lost: capture on both ends and compare; a full queue, a bad cable or a rate limit are the usual reasons.',
      explains: ['tcp-retransmission-spurious'],
    },
    'tcp-retransmission-spurious': {
      severity: 'low',
      side: 'path',
      meaning:
        'Segments were sent again although they had arrived: acknowledgements are lost or much later than usual.',
      next: 'Compare round trips over time: a path whose delay jumps makes senders repeat without need.',
    },
    'tcp-reordering': {
      severity: 'low',
      side: 'path',
      meaning:
        'Segments overtake one another: several paths are used at once, or a device works on packets in parallel.',
      next: 'Look for load balancing per packet in place of per flow on the way.',
    },
    'tcp-duplicated-segments': {
      severity: 'low',
      side: 'path',
      meaning: 'Segments arrive twice although they were not sent again: something on the way doubles packets.',
      next: 'Look for loops at layer 2, mirror ports that lead back, and bonded interfaces.',
    },
  },
  find: ({ flows }) => {
    const senders = flows
      .filter((flow) => isTcp(flow) && isTwoSided(flow))
      .flatMap((flow) =>
        ([0, 1] as const).map((direction): Sender => ({ flow, direction, side: flow.sides[direction] })),
      )
    return [
      ...perPath(senders.filter(hasTimeouts), timeouts),
      ...pathsOf(senders)
        .filter(isLossy)
        .map((path) => fast(path.filter(hasLost))),
      ...perPath(senders.filter(isNeedless), spurious),
      ...perPath(senders.filter(isReordered), reordered),
      ...perPath(senders.filter(isDoubled), doubled),
    ]
  },
}

function perPath(senders: readonly Sender[], draft: (group: readonly Sender[]) => FindingDraft): FindingDraft[] {
  return pathsOf(senders).map((group) => ({ weight: group.length, ...draft(group) }))
}

function pathsOf(senders: readonly Sender[]): Sender[][] {
  return [...groupBy(senders, ({ flow, direction }) => `${direction} ${serverOf(flow.ends)}`).values()]
}

function segments({ packets, synCount }: FlowSide): number {
  return Math.max(1, packets - synCount)
}

/** SYN and FIN are sent again too; only payload says something about a connection that works. */
function hasTimeouts({ side }: Sender): boolean {
  return (
    side.losses.afterTimeout - Math.max(0, side.synCount - 1) > 0 &&
    side.payloadBytes > 0 &&
    stalled(side) &&
    side.losses.resentBytes > 1
  )
}

/** A last segment that was repeated at the very end of a capture or of a dying connection is another finding's. */
function stalled({ stubborn, outstandingBytes = 0 }: FlowSide): boolean {
  return stubborn === undefined || stubborn.isAcknowledged || outstandingBytes === 0
}

/** A SYN that was sent again is another finding's. */
function lost({ losses, synCount }: FlowSide): number {
  return losses.lostBefore + losses.lostBehind - Math.max(0, synCount - 1)
}

/** Short connections lose a segment or none: what counts is what all of a path lose. */
function isLossy(path: readonly Sender[]): boolean {
  const lossy = path.filter(hasLost)
  const losses = lossy.reduce((sum, { side }) => sum + lost(side), 0)
  // One at the end of a connection here and there is what probes of senders look like.
  const isAccident = losses < 3 && lossy.every(({ side }) => lost(side) < 2)
  const sent = path.reduce((sum, { side }) => sum + segments(side), 0)
  return losses > 0 && !isAccident && losses / sent > LOSS_SHARE
}

function hasLost(sender: Sender): boolean {
  const { side } = sender
  return side.payloadBytes > 0 && lost(side) > side.losses.afterTimeout && !isReordered(sender)
}

function isNeedless(sender: Sender): boolean {
  const { losses, payloadBytes } = sender.side
  return (
    payloadBytes > 0 &&
    losses.needless > 2 &&
    losses.needless / segments(sender.side) > LOSS_SHARE &&
    !isReordered(sender)
  )
}

/** What comes late makes the sender repeat it: of repetitions that arrive twice, or beside many late ones, that is the reason. */
function isReordered(sender: Sender): boolean {
  const { losses } = sender.side
  if (losses.reordered < 3 || losses.reordered / segments(sender.side) <= REORDERING_SHARE) return false
  // Beside the receiver nothing is lost behind the capture: what is sent again there has arrived already.
  const isBesideReceiver = isNear(sender)
  const twice = losses.needless + (isBesideReceiver ? losses.lostBehind : 0)
  const once = losses.lostBefore + (isBesideReceiver ? 0 : losses.lostBehind)
  return losses.reordered + twice >= REORDERING_PER_LOSS * once
}

/** The receiver's acknowledgements come at once, compared with a whole round trip. */
function isNear({ flow, side }: Sender): boolean {
  const trip = roundTripNs(flow)
  return trip !== undefined && side.roundTrips.count > 0 && side.roundTrips.minNs < trip / NEAR_PART
}

/** A doubled packet has the same IP id and arrives within a moment; whole captures of doubles are the capture's own fault. */
function isDoubled({ side }: Sender): boolean {
  const { duplicateFrames } = side.losses
  return (
    duplicateFrames > 2 && duplicateFrames / segments(side) > REORDERING_SHARE && duplicateFrames < 0.8 * side.packets
  )
}

const WHO = ['client', 'server'] as const

/** Where the capture stood, as far as repetitions tell: segments that it had seen before were lost behind it. */
function place(group: readonly Sender[]): string {
  const before = group.reduce((sum, { side }) => sum + side.losses.lostBefore, 0)
  const behind = group.reduce((sum, { side }) => sum + side.losses.lostBehind, 0)
  if (before + behind === 0) return ''
  if (behind === 0) return '; all were lost before they came to this capture'
  if (before === 0) return '; all had passed this capture and were lost behind it'
  return `; ${before} were lost before this capture and ${behind} behind it`
}

function common(
  group: readonly Sender[],
): Pick<FindingDraft, 'scope'> & { readonly who: string; readonly sent: number } {
  return {
    scope: { flows: flowIds(group.map(({ flow }) => flow)) },
    who: `the ${WHO[group[0].direction]} (${group[0].direction === 0 ? 'to' : 'from'} ${serverOf(group[0].flow.ends)})`,
    sent: group.reduce((sum, { side }) => sum + segments(side), 0),
  }
}

function severityOf(events: number, sent: number, least: Severity): Severity {
  return events / sent >= HEAVY_SHARE ? 'medium' : least
}

function timeouts(group: readonly Sender[]): FindingDraft {
  const { who, sent, scope } = common(group)
  const count = group.reduce((sum, { side }) => sum + side.losses.afterTimeout, 0)
  const longest = Math.max(...group.map(({ flow }) => flow.longestSilenceNs))
  return {
    kind: 'tcp-retransmission-timeout',
    severity: count > 1 || longest > SECOND ? 'medium' : 'low',
    frames: framesOf(
      ...group.flatMap(({ side }) => [
        ...side.losses.lostBehindFrames,
        ...side.losses.lostBeforeFrames,
        side.stubborn,
        ...(side.stubborn?.frames ?? []),
      ]),
    ),
    scope,
    text: `Of ${counted(sent, 'segment')} of ${who} ${count} had to wait for a timer before they were sent again${place(group)}.`,
  }
}

function fast(group: readonly Sender[]): FindingDraft {
  const { who, sent, scope } = common(group)
  const count = group.reduce((sum, { side }) => sum + lost(side), 0)
  const trip = roundTripNs(group[0].flow)
  return {
    kind: 'tcp-retransmission-fast',
    severity: severityOf(count, sent, 'low'),
    frames: framesOf(
      ...group.flatMap(({ side }) => [
        ...side.frames('fast_retransmission'),
        ...side.losses.lostBehindFrames,
        ...side.losses.lostBeforeFrames,
      ]),
    ),
    scope,
    text: `${percent(count, sent)} of the segments of ${who} were lost (${count} of ${sent}${trip === undefined ? '' : `, round trip ${duration(trip)}`})${place(group)}.`,
  }
}

function spurious(group: readonly Sender[]): FindingDraft {
  const { who, sent, scope } = common(group)
  const count = group.reduce((sum, { side }) => sum + side.losses.needless, 0)
  return {
    kind: 'tcp-retransmission-spurious',
    frames: framesOf(...group.flatMap(({ side }) => side.frames('spurious_retransmission'))),
    scope,
    text: `${count} of ${counted(sent, 'segment')} of ${who} were sent again although the receiver had acknowledged them.`,
  }
}

function reordered(group: readonly Sender[]): FindingDraft {
  const { who, sent, scope } = common(group)
  const count = group.reduce((sum, { side }) => sum + side.losses.reordered, 0)
  return {
    kind: 'tcp-reordering',
    severity: severityOf(count, sent, 'low'),
    frames: framesOf(...group.flatMap(({ side }) => side.frames('out_of_order'))),
    scope,
    text: `${percent(count, sent)} of the segments of ${who} arrived behind later ones (${count} of ${sent}).`,
  }
}

function doubled(group: readonly Sender[]): FindingDraft {
  const { who, sent, scope } = common(group)
  const count = group.reduce((sum, { side }) => sum + side.losses.duplicateFrames, 0)
  return {
    kind: 'tcp-duplicated-segments',
    severity: severityOf(count, sent, 'low'),
    frames: framesOf(...group.flatMap(({ side }) => side.losses.duplicateFrameNumbers)),
    scope,
    text: `${percent(count, sent)} of the segments of ${who} came twice (${count} of ${sent}).`,
  }
}
