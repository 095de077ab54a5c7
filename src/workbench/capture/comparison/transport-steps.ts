import type { FlowRecord } from '#detect'
import { framesOf, isTcp } from '../../findings/figures.ts'
import { durationsOf, factsOf, type StepFacts } from './conversation.ts'

/** Distances that hosts begin to count from. */
const FIRST_TTLS: readonly number[] = [32, 64, 128, 255]

/** What a flow of TCP says before its payload is looked at. */
export function connectStep(flow: FlowRecord): StepFacts {
  const { handshake, close, sides } = flow
  const [client, server] = sides
  const outcome =
    close === 'refused'
      ? 'refused'
      : handshake.synAck === undefined && client.syn !== undefined
        ? 'unanswered'
        : 'answered'
  return {
    step: 'connect',
    frames: framesOf(handshake.syn, handshake.synAck, handshake.ack, outcome === 'refused' ? flow.reset : undefined),
    facts: factsOf({
      outcome,
      'SYNs sent': client.synCount > 1 ? 'several' : 'one',
      'client MSS': client.maximumSegmentBytes,
      'server MSS': server.maximumSegmentBytes,
      'client window scale': client.windowScale,
      'server window scale': server.windowScale,
      'client SACK': client.syn === undefined ? undefined : client.sackPermitted,
      'server SACK': server.syn === undefined ? undefined : server.sackPermitted,
      'client timestamps': client.syn === undefined ? undefined : client.timestamps,
      'server timestamps': server.syn === undefined ? undefined : server.timestamps,
      'client hops': hopsOf(client.smallestTimeToLive),
      'server hops': hopsOf(server.smallestTimeToLive),
    }),
    durations: durationsOf({ 'to the SYN-ACK': handshake.serverSideNs, 'to the ACK': handshake.clientSideNs }),
  }
}

/** How the payload of a flow went. */
export function dataStep(flow: FlowRecord): StepFacts {
  const [client, server] = flow.sides
  const losses = [client.losses, server.losses]
  return {
    step: 'data',
    frames: framesOf(
      ...losses.flatMap(({ lostBeforeFrames, lostBehindFrames }) => [...lostBeforeFrames, ...lostBehindFrames]),
    ),
    facts: factsOf({
      'client sends payload': client.payloadBytes > 0,
      'server sends payload': server.payloadBytes > 0,
      'largest client payload': sizeClass(client.largestPayloadBytes),
      'largest server payload': sizeClass(server.largestPayloadBytes),
      'client segments sent again': client.losses.resent > 0,
      'server segments sent again': server.losses.resent > 0,
      'client window closed': client.zeroWindowNs > 0,
      'server window closed': server.zeroWindowNs > 0,
    }),
    durations: durationsOf({
      'longest silence': flow.longestSilenceNs,
      'whole flow': flow.last.timeNs - flow.first.timeNs,
      'client thinks': client.thinkTimes.count > 0 ? client.thinkTimes.maxNs : undefined,
      'server thinks': server.thinkTimes.count > 0 ? server.thinkTimes.maxNs : undefined,
    }),
  }
}

/** How a flow ended, and who ended it. */
export function closeStep(flow: FlowRecord): StepFacts {
  const { close, closedBy, reset } = flow
  const isTcpFlow = isTcp(flow)
  return {
    step: 'close',
    frames: framesOf(reset, flow.sides[0].fin, flow.sides[1].fin),
    facts: factsOf({
      how: isTcpFlow ? close : undefined,
      by: closedBy === undefined ? undefined : closedBy === 0 ? 'client' : 'server',
      'TTL of the reset': reset === undefined ? undefined : resetTtl(reset),
    }),
    durations: {},
  }
}

function resetTtl({ timeToLive, usualTimeToLive }: NonNullable<FlowRecord['reset']>): string {
  if (usualTimeToLive === undefined) return 'nothing to compare with'
  return timeToLive === usualTimeToLive ? 'as before' : 'another than before'
}

function hopsOf(timeToLive: number): number | undefined {
  const first = FIRST_TTLS.find((each) => each >= timeToLive)
  return timeToLive <= 0 || first === undefined ? undefined : first - timeToLive
}

/** Sizes of payload by what they mean for the path. */
function sizeClass(bytes: number): string | undefined {
  if (bytes === 0) return undefined
  if (bytes <= 512) return 'up to 512'
  return bytes <= 1400 ? 'up to 1400' : 'above 1400'
}
