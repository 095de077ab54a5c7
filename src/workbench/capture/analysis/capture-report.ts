import type { FlowRecord } from '#detect'
import { formatIp, PROTOCOL } from '#wire'
import type { Evidence } from '../../findings/evidence.ts'
import { endpoint, milliseconds, PROTOCOL_NAMES, roundTripNs } from '../../findings/figures.ts'
import { type Finding, findFaults } from '../../findings/index.ts'
import { type ExportSummary, exportSummary } from '../exports/export-summary.ts'
import { refutedHypotheses } from './refuted-hypotheses.ts'
import { type RequestTiming, requestTimings } from './request-timings.ts'
import type { ConversationSummary, ProtocolSummary, TrafficSummary } from './traffic-summary.ts'

const FLOWS_SHOWN = 20

/** One flow, as reports show it. */
export interface FlowSummary {
  readonly protocol: string
  readonly client: string
  readonly server: string
  readonly content: string | undefined
  readonly startMs: number
  readonly durationMs: number
  readonly packets: readonly [client: number, server: number]
  readonly bytes: readonly [client: number, server: number]
  readonly roundTripMs: number | undefined
  readonly retransmissions: number
  readonly close: string
  readonly firstFrame: number
}

/** What is known of the capture itself. */
interface CaptureSummary {
  readonly start: string | undefined
  readonly durationMs: number
  readonly bytes: number
  readonly snappedPackets: number
  readonly duplicateFrames: number
  readonly droppedByCapture: number | undefined
  /** TLS sessions that were read with secrets of a key log. */
  readonly openedSessions: number
  readonly interfaces: readonly { readonly name?: string; readonly linkType: number; readonly snapBytes: number }[]
  readonly notes: readonly string[]
}

/** Everything that an analysis of a capture says. */
export interface CaptureReport {
  readonly packets: number
  readonly flows: number
  /** Likely root causes first. */
  readonly findings: readonly Finding[]
  /** What was looked for and is not the reason, in sentences with figures. */
  readonly refuted: readonly string[]
  readonly capture: CaptureSummary
  readonly protocols: readonly ProtocolSummary[]
  readonly conversations: readonly ConversationSummary[]
  /** The largest flows. */
  readonly topFlows: readonly FlowSummary[]
  /** The requests that took longest, and whose time it was. */
  readonly timings: readonly RequestTiming[]
  /** Absent when there are no flow exports. */
  readonly exports?: ExportSummary
}

export function reportOf(evidence: Evidence, summary: TrafficSummary): CaptureReport {
  const findings = findFaults(evidence)
  return {
    packets: evidence.capture.packets,
    flows: evidence.flowCount,
    findings,
    refuted: refutedHypotheses(evidence, findings),
    capture: captureSummary(evidence),
    protocols: summary.protocols(),
    conversations: summary.conversations(),
    topFlows: evidence.flows
      .toSorted((a, b) => bytesOf(b) - bytesOf(a))
      .slice(0, FLOWS_SHOWN)
      .map((flow) => flowSummary(flow, evidence)),
    timings: requestTimings(evidence),
    ...(evidence.exports !== undefined && { exports: exportSummary(evidence.exports) }),
  }
}

function bytesOf({ sides: [client, server] }: FlowRecord): number {
  return client.bytes + server.bytes
}

function captureSummary({ capture, tls }: Evidence): CaptureSummary {
  return {
    start: capture.firstTime?.toISOString(),
    durationMs: milliseconds(capture.durationNs),
    bytes: capture.bytes,
    snappedPackets: capture.snapped.count,
    duplicateFrames: capture.duplicates.count,
    droppedByCapture: capture.droppedByCapture,
    openedSessions: tls.reduce((sum, { isOpened }) => sum + Number(isOpened), 0),
    interfaces: capture.interfaces.map(({ name, linkType, snapBytes }) => ({
      ...(name !== undefined && { name }),
      linkType,
      snapBytes,
    })),
    notes: capture.notes.map(({ offsetBytes, detail }) => `byte ${offsetBytes}: ${detail}`),
  }
}

function flowSummary(flow: FlowRecord, { protocolOf }: Evidence): FlowSummary {
  const { ends, sides, first, last, close } = flow
  const [client, server] = sides
  const hasPorts = ends.protocol === PROTOCOL.tcp || ends.protocol === PROTOCOL.udp
  const trip = roundTripNs(flow)
  return {
    protocol: PROTOCOL_NAMES.get(ends.protocol) ?? String(ends.protocol),
    client: hasPorts ? endpoint(ends.client, ends.clientPort) : formatIp(ends.client),
    server: hasPorts ? endpoint(ends.server, ends.serverPort) : formatIp(ends.server),
    content: protocolOf(ends.id)?.content,
    startMs: milliseconds(first.timeNs),
    durationMs: milliseconds(last.timeNs - first.timeNs),
    packets: [client.packets, server.packets],
    bytes: [client.bytes, server.bytes],
    roundTripMs: trip === undefined ? undefined : milliseconds(trip),
    retransmissions: client.losses.resent + server.losses.resent,
    close,
    firstFrame: first.frame,
  }
}
