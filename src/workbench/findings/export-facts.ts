import type { ExportFault, FlowProtocol, IpAddress, SequenceLosses } from '#wire'
import type { FrameCount } from './evidence.ts'

/** A template that says something else than the one of its number before it. */
export interface TemplateChange {
  readonly id: number
  readonly frame: number
  readonly fieldsBefore: number
  readonly fieldsAfter: number
}

export interface SamplingChange {
  readonly frame: number
  readonly before: number
  readonly after: number
}

/** Data that no template in the capture describes. */
interface MissingTemplate {
  readonly id: number
  readonly sets: FrameCount
}

/** How far the clock of an exporter is from that of the capture, in milliseconds: positive where it is ahead. */
export interface ClockOffsets {
  /** The one that is least wrong, and the first frame that says so. */
  readonly leastMs: number
  readonly leastFrame: number
  readonly lowestMs: number
  readonly highestMs: number
  /** Frames where it was set, or where that of the capture was. */
  readonly jumps: FrameCount
}

/** What one exporter sent from one port to one collector, in one observation domain. */
export interface ExportStreamFacts {
  readonly protocol: FlowProtocol
  /** Of sFlow the agent that the datagrams name; else the sender. */
  readonly exporter: IpAddress
  readonly sender: IpAddress
  readonly senderPort: number
  readonly collector: IpAddress
  readonly collectorPort: number
  readonly domain: number
  /** Numbers of the flows of its datagrams. */
  readonly flows: ReadonlySet<number>
  readonly datagrams: number
  readonly firstFrame: number
  readonly lastFrame: number
  readonly firstMs: number
  readonly lastMs: number
  /** Flows that were told, and what they stand for. */
  readonly records: number
  readonly packets: number
  readonly bytes: number
  /** Templates that were sent. */
  readonly templates: number
  readonly templateChanges: { readonly count: number; readonly first: readonly TemplateChange[] }
  /** Data sets that came before their template, or without any. */
  readonly setsWithoutTemplate: number
  readonly missingTemplates: readonly MissingTemplate[]
  readonly losses: SequenceLosses
  readonly firstSequence: number
  readonly lastSequence: number
  readonly restarts: FrameCount
  readonly firstUptimeMs: number
  readonly lastUptimeMs: number
  readonly faults: ReadonlyMap<ExportFault, FrameCount>
  /** Undefined where it says no time: sFlow. */
  readonly clock: ClockOffsets | undefined
  /** The lowest and the highest rate of its records; one packet of so many was looked at. */
  readonly samplingRates: readonly [lowest: number, highest: number] | undefined
  readonly samplingChanges: { readonly count: number; readonly first: readonly SamplingChange[] }
  readonly recordsOfUnknownRate: number
  /** From the end of a flow to its export, as the exporter says it; undefined without such times. */
  readonly delay: { readonly averageMs: number; readonly longestMs: number } | undefined
}

/** Everything about flow exports in a capture. */
export interface ExportFacts {
  readonly datagrams: number
  readonly records: number
  readonly packets: number
  readonly bytes: number
  /** Captured twice, and left out. */
  readonly repeated: number
  /** Of which the capture has the beginning only. */
  readonly cut: number
  /** Datagrams to ports of collectors, of versions that are not known. */
  readonly unknownVersions: FrameCount
  /** In the order of their first datagrams; of more exporters only the number is known. */
  readonly streams: readonly ExportStreamFacts[]
  readonly streamCount: number
}
