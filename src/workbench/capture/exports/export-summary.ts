import { formatIp, type SequenceUnit } from '#wire'
import type { ExportFacts, ExportStreamFacts } from '../../findings/export-facts.ts'
import { endpoint } from '../../findings/figures.ts'

const STREAMS_SHOWN = 50

/** What one exporter sent to one collector. */
export interface ExportStreamSummary {
  /** "netflow5", "netflow9", "ipfix" or "sflow5". */
  readonly protocol: string
  /** Address of the exporter; of sFlow the agent that its datagrams name. */
  readonly exporter: string
  /** Address and port that it sends from, and to. */
  readonly sender: string
  readonly collector: string
  /** Observation domain, source id, engine or sub-agent. */
  readonly domain: number
  readonly datagrams: number
  readonly records: number
  /** What the records stand for, sampling applied. */
  readonly packets: number
  readonly bytes: number
  readonly templates: number
  readonly setsWithoutTemplate: number
  /** What the sequence numbers say is missing, in their unit. */
  readonly lost: number
  readonly lostUnit: SequenceUnit
  /** False when the exporter counts something else than the standard of the protocol says. */
  readonly countsByStandard: boolean
  readonly gaps: number
  readonly late: number
  readonly restarts: number
  readonly malformed: number
  /** One packet of so many is looked at: the lowest and the highest rate of its records. */
  readonly samplingRates: readonly number[]
  /** From the end of a flow to its export. */
  readonly averageDelayMs?: number
  readonly longestDelayMs?: number
  /** The least that its clock is ahead of that of the capture; negative when it is behind. */
  readonly clockOffsetMs?: number
  readonly firstFrame: number
  readonly lastFrame: number
}

/** Flow exports in a capture. */
export interface ExportSummary {
  readonly datagrams: number
  readonly records: number
  readonly packets: number
  readonly bytes: number
  /** Datagrams that the capture has twice, and of which it has the beginning only. */
  readonly repeatedDatagrams: number
  readonly cutDatagrams: number
  readonly unknownDatagrams: number
  /** All of them; the list has the first ones. */
  readonly streamCount: number
  readonly streams: readonly ExportStreamSummary[]
}

/** What a report says of the exports of a capture; those that tell most come first. */
export function exportSummary(facts: ExportFacts): ExportSummary {
  const { datagrams, records, packets, bytes, repeated, cut, unknownVersions, streams, streamCount } = facts
  return {
    datagrams,
    records,
    packets,
    bytes,
    repeatedDatagrams: repeated,
    cutDatagrams: cut,
    unknownDatagrams: unknownVersions.count,
    streamCount,
    streams: streams
      .toSorted((a, b) => b.records - a.records)
      .slice(0, STREAMS_SHOWN)
      .map(streamSummary),
  }
}

function streamSummary(stream: ExportStreamFacts): ExportStreamSummary {
  const { losses, delay, clock, samplingRates, faults } = stream
  return {
    protocol: stream.protocol,
    exporter: formatIp(stream.exporter),
    sender: endpoint(stream.sender, stream.senderPort),
    collector: endpoint(stream.collector, stream.collectorPort),
    domain: stream.domain,
    datagrams: stream.datagrams,
    records: stream.records,
    packets: stream.packets,
    bytes: stream.bytes,
    templates: stream.templates,
    setsWithoutTemplate: stream.setsWithoutTemplate,
    lost: losses.lost,
    lostUnit: losses.unit,
    countsByStandard: losses.isStandard,
    gaps: losses.gapCount,
    late: losses.late,
    restarts: stream.restarts.count,
    malformed: [...faults.values()].reduce((sum, { count }) => sum + count, 0),
    samplingRates: samplingRates === undefined ? [] : [...new Set(samplingRates)],
    ...(delay !== undefined && {
      averageDelayMs: Math.round(delay.averageMs),
      longestDelayMs: Math.round(delay.longestMs),
    }),
    ...(clock !== undefined && { clockOffsetMs: Math.round(clock.leastMs) }),
    firstFrame: stream.firstFrame,
    lastFrame: stream.lastFrame,
  }
}
